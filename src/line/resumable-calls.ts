import type { LiveSession } from '../sessions/live-session.js';
import type { SessionStore } from '../sessions/session-store.js';

interface Waiting {
  /** Null while only the store knows it. */
  readonly session: LiveSession | null;
  timer: NodeJS.Timeout;
  /** When its stream ended (monotonic ms). */
  readonly since: number;
}

/** The calls that have lost their stream and wait to be picked up again, each for the resume window. */
export class ResumableCalls {
  readonly #windowMs: number;
  readonly #onOverdue: (callSid: string, session: LiveSession | null) => void;
  readonly #calls = new Map<string, Waiting>();

  /** `onOverdue`: nobody has picked a call up in time; it waits on until it is taken. */
  constructor(
    resumeWindowSeconds: number,
    onOverdue: (callSid: string, session: LiveSession | null) => void,
  ) {
    this.#windowMs = resumeWindowSeconds * 1000;
    this.#onOverdue = onOverdue;
  }

  get sessions(): LiveSession[] {
    return [...this.#calls.values()].flatMap(({ session }) => session ?? []);
  }

  has(callSid: string): boolean {
    return this.#calls.has(callSid);
  }

  sessionOf(callSid: string): LiveSession | null {
    return this.#calls.get(callSid)?.session ?? null;
  }

  /** How many have lost their stream within the last `ms`. */
  countSince(ms: number): number {
    const from = performance.now() - ms;
    return [...this.#calls.values()].filter(({ since }) => since >= from).length;
  }

  /** `session` is null while only the store knows it. */
  add(callSid: string, session: LiveSession | null): void {
    this.#calls.set(callSid, { session, timer: this.#arm(callSid, session), since: performance.now() });
  }

  /** What became of an overdue call cannot be told yet: it is overdue again after as long. */
  waitOn(callSid: string): void {
    const call = this.#calls.get(callSid);
    if (call) call.timer = this.#arm(callSid, call.session);
  }

  #arm(callSid: string, session: LiveSession | null): NodeJS.Timeout {
    return setTimeout(() => this.#onOverdue(callSid, session), this.#windowMs);
  }

  /** The session of a call, which waits here no more; null when it did not, or only the store knows it. */
  take(callSid: string): LiveSession | null {
    const call = this.#calls.get(callSid);
    this.#calls.delete(callSid);
    clearTimeout(call?.timer);
    return call?.session ?? null;
  }

  /** As {@link take}, of all: their sessions. */
  takeAll(): LiveSession[] {
    const { sessions } = this;
    for (const callSid of [...this.#calls.keys()]) this.take(callSid);
    return sessions;
  }
}

/** Whether nobody has touched the stored session of a call for so long; null when there is none to be had. */
export async function isStale(
  store: Pick<SessionStore, 'getSession'>,
  callSid: string,
  seconds: number,
): Promise<boolean | null> {
  const stored = await store.getSession(callSid);
  if (!stored) return null;
  return !(Date.parse(String(stored.last_updated)) > Date.now() - seconds * 1000);
}
