import type { Adopted, LiveSessionStore } from './fenced-session-writer.js';
import type { Session, Turn } from './session.js';
import { SHARED_FIELDS } from './session-merge.js';
import { SessionWriter, type WriteOptions } from './session-writer.js';
import { latestTurns, withReplaced, withTurn } from './turn-order.js';

/** The fields of a session that change while the call lives. */
export type SessionChange = Partial<
  Omit<
    Session,
    'call_sid' | 'caller_phone' | 'created_at' | 'last_updated' | 'attestation' | 'states' | 'test'
  >
>;

export interface LiveSessionOptions extends WriteOptions {
  readonly store: LiveSessionStore;
  /** The session was read from the store and is the call's that picks it up from now on; absent: a call begins. */
  readonly isRestored?: boolean;
  /** Called in the same turn after every change, with the session as it now is. */
  readonly onChange?: (session: Session) => void;
  /** The longest that `flush` and `release` wait for the store; 1,000 when absent, twice what a command takes at most by default. */
  readonly settleMs?: number;
}

/** A time that is farther ahead was made by no clock that is only wrong. */
const MOST_AHEAD_MS = 86_400_000;
/** A caller who goes to and fro in the menu for hours must not make the session grow: the first state is kept, and the latest. */
const MAX_STATES = 200;

/**
 * The session embedded in a live call: the authoritative copy is here, in memory; every change is applied at
 * once and written behind. Nothing that handles audio ever waits for the store.
 *
 * The session is stored at the end of each turn that changes it, and again when the store has lost it; its time to live is
 * renewed while the call lives. What others change in it meanwhile is taken over, unless the call changed the same; once a later
 * stream owns it, it is left alone.
 */
export class LiveSession {
  readonly #options: LiveSessionOptions;
  readonly #writer: SessionWriter;
  /** The time at which the monotonic clock was 0, as this call has it (ms since 1970). */
  readonly #epochMs: number;
  #data: Session;

  constructor(data: Session, options: LiveSessionOptions) {
    this.#data = data;
    this.#options = options;
    this.#epochMs = latestIn(data) - performance.now();
    const { store, ttlSeconds, isRestored } = options;
    this.#writer = new SessionWriter({
      ...options,
      slot: store.openSlot(data.call_sid, ttlSeconds, isRestored ? data : undefined),
      callSid: data.call_sid,
      read: () => this.#data,
      onAdopted: (adopted, saved) => this.#adopt(adopted, saved),
    });
  }

  /** The session as it is now, with the states passed so far; a new object after every change, never mutated. */
  get data(): Session {
    return this.#data;
  }

  /** A later stream owns it, or the call was ended elsewhere: it is stored no more. */
  get isFenced(): boolean {
    return this.#writer.fenced;
  }

  /** For how many milliseconds its oldest unwritten change has been waiting for the store; 0 when all is stored. */
  get lagMs(): number {
    const since = this.#writer.behindSince;
    return since === undefined ? 0 : performance.now() - since;
  }

  /**
   * The time of a moment (monotonic ms; absent: now) for a turn or a state of this call, ISO 8601 UTC. Turns stand in the order of their times: the
   * machine's clock may be set back while the call goes on, or be behind that of the gateway that had it before; this one is not.
   */
  timeAt(monotonicMs = performance.now()): string {
    return new Date(Math.round(this.#epochMs + monotonicMs)).toISOString();
  }

  change(change: SessionChange): void {
    const before = this.#data;
    const states = passed(before, change.current_state, this.timeAt());
    const next = { ...before, ...change, states, last_updated: new Date().toISOString() };
    const turns = latestTurns(next);
    this.#data = turns === next ? next : { ...next, ...turns };
    this.#writer.write();
    this.#options.onChange?.(this.#data);
  }

  /** What the call has changed itself since `saved` was written stands. */
  #adopt(adopted: Adopted, saved: Session): void {
    const before = this.#data;
    const kept = SHARED_FIELDS.filter((field) => !Object.is(before[field], saved[field]));
    const ours = Object.fromEntries(kept.map((field) => [field, before[field]]));
    const states = passed(before, { ...adopted, ...ours }.current_state, this.timeAt());
    this.#data = { ...before, ...adopted, ...ours, states };
    if (states !== before.states) this.#writer.write();
    this.#options.onChange?.(this.#data);
  }

  /** Puts a turn where it belongs by when it began: behind all that began before it or at the same time. */
  addTurn(turn: Turn): void {
    this.change(withTurn(this.#data, turn));
  }

  /** Puts a turn in place of one that is there (the words of a caller grow while they are recognised); does nothing when others have taken that one away. */
  replaceTurn(before: Turn, after: Turn): void {
    const turns = withReplaced(this.#data, before, after);
    if (turns !== this.#data) this.change(turns);
  }

  /** Settles when everything changed so far has been written or given up on for now; never rejects. */
  flush(): Promise<void> {
    return atMost(this.#writer.flush(), this.#options.settleMs ?? 1_000);
  }

  /** Asks the store whether a later stream owns the session or ended it; then it is fenced. Null when it does not say. Never rejects. */
  async isOurs(): Promise<boolean | null> {
    this.#writer.verify();
    await this.flush();
    if (this.isFenced) return false;
    return this.#writer.isSettled ? true : null;
  }

  /**
   * The call is over: stops writing and deletes the stored session; nothing of this call is written afterwards, by this gateway
   * or one that missed the end. Never rejects. When the store does not answer, the delete is kept and repeated.
   */
  async delete(): Promise<void> {
    await atMost(this.#writer.stop(), this.#options.settleMs ?? 1_000);
    await this.#options.store.endSession(this.#data.call_sid);
  }

  /** Stops writing after what is pending; the stored session stays for another stream to resume. Never rejects. */
  async release(): Promise<void> {
    await this.flush();
    await atMost(this.#writer.stop(), this.#options.settleMs ?? 1_000);
  }
}

/** Now, or the latest time of its turns and states where that is later (ms since 1970). */
export function latestIn({ conversation_history, unheard, states }: Session): number {
  const now = Date.now();
  const times = [conversation_history.at(-1)?.timestamp, unheard.at(-1)?.timestamp, states.at(-1)?.time];
  const made = times.map((time) => Date.parse(time ?? '')).filter((time) => time < now + MOST_AHEAD_MS);
  return Math.max(now, ...made);
}

function passed(
  { states, current_state }: Session,
  next: Session['current_state'] | undefined,
  time: string,
) {
  if (next === undefined || next === current_state) return states;
  const kept = states.length < MAX_STATES ? states : [...states.slice(0, 1), ...states.slice(2)];
  return [...kept, { name: next, time }];
}

async function atMost(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
