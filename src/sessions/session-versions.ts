import type { Adopted, SaveResult, StoredOver } from './fenced-session-writer.js';
import { type JsonFields, joinJsonFields, setJsonFields, splitJsonFields } from './json-fields.js';
import type { Session } from './session.js';
import {
  isTakenOver,
  mergeSessions,
  mergeWith,
  SHARED_FIELDS,
  type SharedField,
  type Version,
} from './session-merge.js';
import type { SessionData } from './session-store.js';
import { readSession } from './session-text.js';
import { restoreSession, StoredSession } from './stored-session.js';

/** Nothing is stored. */
export const NOTHING = '';
/** Nothing is stored, because the call is over. */
export const ENDED = null;

/**
 * Stores `next` if what is stored is `expected` ({@link NOTHING}: no session), in one atomic step. Gives `true`, or what is
 * stored instead.
 */
export type Exchange = (expected: string, next: string) => Promise<true | string | typeof ENDED>;

interface PrintedVersion extends Version {
  readonly text: string;
}

/** Outcomes of so many writes in a row may be unknown; older ones are forgotten. */
const MOST_UNSURE = 16;

const FIELDS = ['call_sid', ...StoredSession.keyof().options] as const;

/**
 * A live session against the stored one, whatever stores it: each write says what it expects to find, and what is found
 * instead decides what is to be written. A write whose outcome is not known leaves two versions that may be stored; the
 * next one tells.
 */
export class SessionVersions {
  /** What was stored last, as far as is known. */
  #known: PrintedVersion | undefined;
  /** What was read before anything was stored. */
  readonly #read: PrintedVersion | undefined;
  /** What may have been stored since, the latest last. */
  #unsure: readonly PrintedVersion[] = [];
  /** The streams that this session was stored for. */
  readonly #past = new Set<string>();
  readonly #printed = new Map<keyof Session, { readonly value: unknown; readonly member: JsonFields }>();

  /** `read`: see `openSlot`. */
  constructor(read?: Session) {
    if (read === undefined) return;
    const fields = this.print(read, read.last_updated);
    this.#read = { text: joinJsonFields(fields), fields, ours: fields };
  }

  /** The session as text, field by field, at `now` (ISO 8601 UTC). Throws `BAD_REQUEST` for a value that JSON cannot hold. */
  print(session: Session, now: string): JsonFields {
    const fields: JsonFields = new Map();
    for (const name of FIELDS) {
      const value = session[name];
      const printed = this.#printed.get(name);
      // A value that has not changed since the last save is not printed again.
      const member = printed && Object.is(printed.value, value) ? printed.member : print(name, value);
      this.#printed.set(name, { value, member });
      for (const [key, text] of member) fields.set(key, text);
    }
    return fields.set('last_updated', `"last_updated":"${now}"`);
  }

  /** The call has learnt what the last save gave: from now on it is the call's own. */
  delivered(): void {
    if (this.#known) this.#known = { ...this.#known, ours: this.#known.fields };
  }

  /**
   * Saves a session, printed as `ours`, by as many exchanges as it takes. Rejects as `exchange` does, and then the outcome is
   * unknown; stops with `failed` when `mayGoOn` says so.
   */
  async save(
    session: Session,
    ours: JsonFields,
    exchange: Exchange,
    mayGoOn: () => boolean,
  ): Promise<SaveResult> {
    const first = this.#known ?? this.#read;
    const bases = [...(first ? [first] : []), ...this.#unsure];
    const last = bases.at(-1);
    const unsure = new Set(this.#unsure.map(({ text }) => text));
    const plain = last ? mergeWith(last, ours, last.fields) : { next: ours, adopted: [] };
    let expected = last?.text ?? NOTHING;
    let merged = plain;
    let over: StoredOver = unsure.has(expected) ? 'lost_ack' : 'stored';
    while (mayGoOn()) {
      const found = await this.#try(expected, { fields: merged.next, ours }, exchange);
      if (found === true) {
        this.#past.add(session.stream_sid);
        return { outcome: 'stored', adopted: pick(session.call_sid, merged.next, merged.adopted), over };
      }
      if (found === ENDED) return { outcome: 'fenced' };
      expected = found;
      if (found === NOTHING) {
        over = this.#known ? 'restored' : 'stored';
        merged = plain;
        continue;
      }
      const stored = readSession(found);
      const restored = restoreSession(session.call_sid, stored);
      if (isTakenOver(restored, session, this.#past)) return { outcome: 'fenced' };
      const isFresh = this.#known === undefined && this.#read !== undefined;
      const theirs = fitting(splitJsonFields(found), stored, restored);
      merged = mergeSessions({ ours, bases, theirs, isFresh });
      over = unsure.has(found) ? 'lost_ack' : found === this.#known?.text ? 'stored' : 'merged';
    }
    return { outcome: 'failed' };
  }

  // From before the exchange until it is answered it may be stored, or not.
  async #try(expected: string, { fields, ours }: Version, exchange: Exchange): ReturnType<Exchange> {
    const before = this.#unsure;
    const next = { text: joinJsonFields(fields), fields, ours };
    this.#unsure = [...before.slice(1 - MOST_UNSURE), next];
    const found = await exchange(expected, next.text);
    if (found === true) this.#known = next;
    this.#unsure = found === true ? [] : before;
    return found;
  }
}

function print(name: keyof Session, value: unknown): JsonFields {
  const member: JsonFields = new Map();
  setJsonFields(member, { [name]: value });
  return member;
}

/** Without the fields that are of another shape than a session's: such are not taken over. */
function fitting(fields: JsonFields, stored: SessionData, restored: Session): JsonFields {
  const misfits = SHARED_FIELDS.filter(
    (name) => JSON.stringify(restored[name]) !== JSON.stringify(stored[name]),
  );
  for (const name of misfits) fields.delete(name);
  return fields;
}

function pick(callSid: string, fields: JsonFields, names: readonly SharedField[]): Adopted {
  if (names.length === 0) return {};
  const restored = restoreSession(callSid, readSession(joinJsonFields(fields)));
  return Object.fromEntries(names.map((name) => [name, restored[name]]));
}
