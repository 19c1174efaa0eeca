import type { LiveSession } from '../sessions/live-session.js';
import type { Session } from '../sessions/session.js';
import type { SessionStore } from '../sessions/session-store.js';
import { restoreSession } from '../sessions/stored-session.js';

interface Waiting {
  /** Null while only the store knows it. */
  readonly session: LiveSession | null;
  timer?: NodeJS.Timeout;
  /** The store was asked once whether it goes on elsewhere. */
  wasAsked: boolean;
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
    const call: Waiting = { session, wasAsked: false, since: performance.now() };
    this.#calls.set(callSid, call);
    this.#arm(callSid, call);
  }

  #arm(callSid: string, call: Waiting): void {
    const { resumeWindowSeconds } = this.#options;
    call.timer = setTimeout(() => void this.#overdue(callSid, call), resumeWindowSeconds * 1000);
  }

  /**
   * No stream came in time; but perhaps to another gateway. While the store does not say, the call waits on as long again. Without a
   * session here it does so once: the store may have none because the call has ended elsewhere.
   */
  async #overdue(callSid: string, call: Waiting): Promise<void> {
    const { store, resumeWindowSeconds } = this.#options;
    const { session } = call;
    const asked = session ? session.isOurs() : isStale(store, callSid, resumeWindowSeconds);
    const isOurs = await asked.catch(() => null);
    // It was picked up while the store was asked, and may have lost its stream again.
    if (this.#calls.get(callSid) !== call) return;
    if (isOurs) this.#onGivenUp(callSid);
    else if (isOurs === null && (session || !call.wasAsked)) this.#arm(callSid, call);
    else this.take(callSid);
    call.wasAsked = true;
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
