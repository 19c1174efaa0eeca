import type { LiveSession } from '../sessions/live-session.js';
import type { Session } from '../sessions/session.js';
import type { SessionStore } from '../sessions/session-store.js';
import { restoreSession } from '../sessions/stored-session.js';

interface Waiting {
  /** Null while only the store knows it. */
  readonly session: LiveSession | null;
  timer: NodeJS.Timeout;
  /** When its stream ended (monotonic ms). */
  readonly since: number;
}

export interface ResumableCallsOptions {
  readonly store: Pick<SessionStore, 'getSession'>;
  readonly resumeWindowSeconds: number;
}

/** The calls that have lost their stream and wait to be picked up again, each for the resume window. */
export class ResumableCalls {
  readonly #options: ResumableCallsOptions;
  readonly #onGivenUp: (callSid: string) => void;
  readonly #calls = new Map<string, Waiting>();

  /** `onGivenUp`: nobody has picked a call up in time, here or elsewhere; it waits on until it is taken. */
  constructor(options: ResumableCallsOptions, onGivenUp: (callSid: string) => void) {
    this.#options = options;
    this.#onGivenUp = onGivenUp;
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

  #arm(callSid: string, session: LiveSession | null): NodeJS.Timeout {
    const { resumeWindowSeconds } = this.#options;
    return setTimeout(() => void this.#overdue(callSid, session), resumeWindowSeconds * 1000);
  }

  /** No stream came in time; but perhaps to another gateway. While the store does not say, the call waits on as long again. */
  async #overdue(callSid: string, session: LiveSession | null): Promise<void> {
    const { store, resumeWindowSeconds } = this.#options;
    const asked = session ? session.isOurs() : isStale(store, callSid, resumeWindowSeconds);
    const isOurs = await asked.catch(() => null);
    const call = this.#calls.get(callSid);
    if (!call) return;
    if (isOurs === null) call.timer = this.#arm(callSid, session);
    else if (isOurs) this.#onGivenUp(callSid);
    else this.take(callSid);
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
async function isStale(
  store: Pick<SessionStore, 'getSession'>,
  callSid: string,
  seconds: number,
): Promise<boolean | null> {
  const stored = await store.getSession(callSid);
  if (!stored) return null;
  return !(Date.parse(String(stored.last_updated)) > Date.now() - seconds * 1000);
}

/** The session of a call without a stream here, which perhaps waits here: a later stream of it may have been elsewhere. */
export async function latestOf(
  store: Pick<SessionStore, 'getSession'>,
  callSid: string,
  waiting: LiveSession | null,
): Promise<Session | null> {
  const stored = await store.getSession(callSid);
  const theirs = stored && restoreSession(callSid, stored);
  const ours = waiting?.data ?? null;
  return ours && !(theirs && theirs.resumes > ours.resumes) ? ours : theirs;
}
