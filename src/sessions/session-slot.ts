import { type JsonFields, joinJsonFields, setJsonFields, splitJsonFields } from './json-fields.js';
import type { Session } from './session.js';
import { isTakenOver, mergeSessions, type SharedField } from './session-merge.js';
import type { SessionStore } from './session-store.js';
import { readSession } from './session-text.js';
import { restoreSession } from './stored-session.js';

/** What others have changed in a live session. */
export type Adopted = Partial<Pick<Session, SharedField>>;

/**
 * `stored`: `reseeded` when the store had lost it. `fenced`: a later stream owns the session, nothing was written. `failed`: it is
 * not known what is stored now.
 */
export type SaveResult =
  | { readonly outcome: 'stored'; readonly adopted: Adopted; readonly reseeded: boolean }
  | { readonly outcome: 'fenced' | 'failed' };

/** Where one live call keeps its session. */
export interface SessionSlot {
  /**
   * Writes the session whole and starts its time to live anew. Fields that others changed since the last save are kept
   * and returned; a session that a later stream owns is left alone. One at a time. Never rejects because of the network; rejects with
   * `BAD_REQUEST` for a value that JSON cannot hold.
   */
  save(session: Session): Promise<SaveResult>;
}

/** A store that live calls keep their sessions in. */
export interface LiveSessionStore extends SessionStore {
  /** Where the live call with this CallSid keeps its session; each live session opens its own. */
  openSlot(callSid: string, ttlSeconds?: number): SessionSlot;
}

/** Nothing is stored. */
export const NOTHING = '';

/**
 * Stores `next` if what is stored is `expected` ({@link NOTHING}: no session), in one atomic step. Gives `true`, or what is
 * stored instead.
 */
export type Exchange = (expected: string, next: string) => Promise<true | string>;

interface Version {
  readonly text: string;
  readonly fields: JsonFields;
}

/** Outcomes of so many writes may be unknown; older ones are forgotten, but for what is known to have been stored. */
const MOST_BASES = 4;

const FIELDS = [
  'call_sid',
  'stream_sid',
  'caller_phone',
  'customer_id',
  'conversation_history',
  'current_state',
  'collected_data',
  'intent',
  'speaking',
  'created_at',
  'attestation',
  'states',
  'interruptions',
  'resumes',
  'verified',
  'vin_tries',
  'desk_writes',
] as const satisfies readonly (keyof Session)[];

/**
 * A live session against the stored one, whatever stores it: each write says what it expects to find, and what is found
 * instead decides what is to be written. A write whose outcome is not known leaves two versions that may be stored; the
 * next one tells.
 */
export class LiveVersions {
  /** What may be stored, the latest last; none before the first save. */
  #bases: Version[] = [];
  /** The streams that this session was stored for. */
  readonly #past = new Set<string>();
  readonly #printed = new Map<keyof Session, { readonly value: unknown; readonly member: JsonFields }>();

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
    let expected = this.#bases.at(-1)?.text ?? NOTHING;
    let fields = over(this.#bases.at(-1)?.fields, ours);
    let adopted: readonly SharedField[] = [];
    let reseeded = false;
    while (mayGoOn()) {
      const found = await this.#try(expected, fields, exchange);
      if (found === true) {
        this.#past.add(session.stream_sid);
        return { outcome: 'stored', adopted: pick(session.call_sid, fields, adopted), reseeded };
      }
      if (found === NOTHING) {
        reseeded = this.#bases.length > 0;
        [expected, fields, adopted] = [NOTHING, over(this.#bases.at(-1)?.fields, ours), []];
        continue;
      }
      if (isTakenOver(restoreSession(session.call_sid, readSession(found)), session, this.#past))
        return { outcome: 'fenced' };
      const bases = this.#bases.map((base) => base.fields);
      const merged = mergeSessions({ ours, bases, theirs: splitJsonFields(found) });
      [expected, fields, adopted] = [found, merged.next, merged.adopted];
    }
    return { outcome: 'failed' };
  }

  // From before the exchange until it is answered both versions may be what is stored.
  async #try(expected: string, fields: JsonFields, exchange: Exchange): Promise<true | string> {
    const before = this.#bases;
    const next = { text: joinJsonFields(fields), fields };
    this.#bases = [...before.slice(0, 1), ...before.slice(1).slice(2 - MOST_BASES), next];
    const found = await exchange(expected, next.text);
    this.#bases = found === true ? [next] : before;
    return found;
  }
}

function print(name: keyof Session, value: unknown): JsonFields {
  const member: JsonFields = new Map();
  setJsonFields(member, { [name]: value });
  return member;
}

function over(base: JsonFields | undefined, ours: JsonFields): JsonFields {
  const fields: JsonFields = new Map(base);
  for (const [name, member] of ours) fields.set(name, member);
  return fields;
}

/** The values of these fields as a session may hold them; what is of another shape is left out. */
function pick(callSid: string, fields: JsonFields, names: readonly SharedField[]): Adopted {
  if (names.length === 0) return {};
  const stored = readSession(joinJsonFields(fields));
  const restored = restoreSession(callSid, stored);
  const fits = names.filter((name) => JSON.stringify(restored[name]) === JSON.stringify(stored[name]));
  return Object.fromEntries(fits.map((name) => [name, restored[name]]));
}
