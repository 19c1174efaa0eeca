import type { Request, Response } from 'express';
import type { DeskSessions } from './desk-sessions.js';

/** Timers wait no longer, and a machine that slept must look at its clock. */
const LOOK_AGAIN_MS = 60_000;
const READ_WITHIN_MS = 1_000;

/** Streams of events that are open for somebody who has signed in: they end with the cookie, or when this browser signs out. */
export class SignedInStreams {
  readonly #sessions: Pick<DeskSessions, 'of'>;
  readonly #now: () => number;
  /** By the cookie. */
  readonly #open = new Map<string, Set<Response>>();

  /** `now`: milliseconds since 1970, by the clock of `sessions`. */
  constructor(sessions: Pick<DeskSessions, 'of'>, now: () => number = Date.now) {
    this.#sessions = sessions;
    this.#now = now;
  }

  /** The answer to this request is a stream. A token that was given as such has no end. */
  keep({ headers }: Request, response: Response): void {
    const session = headers.authorization === undefined ? this.#sessions.of(headers.cookie) : null;
    if (!session) return;
    const { sealed, expiresAt } = session;
    const all = this.#open.get(sealed) ?? new Set();
    this.#open.set(sealed, all.add(response));
    let timer: NodeJS.Timeout | undefined;
    const wait = () => {
      const leftMs = Math.max(0, expiresAt - this.#now());
      const look = () => (expiresAt <= this.#now() ? finish(response) : wait());
      timer = setTimeout(look, Math.min(leftMs, LOOK_AGAIN_MS)).unref();
    };
    wait();
    response.once('close', () => {
      clearTimeout(timer);
      all.delete(response);
      if (all.size === 0) this.#open.delete(sealed);
    });
  }

  /** Whoever sent this request signs out. */
  end({ headers }: Request): void {
    const sealed = this.#sessions.of(headers.cookie)?.sealed;
    if (sealed === undefined) return;
    for (const response of this.#open.get(sealed) ?? []) finish(response);
  }
}

/** In order, unless nobody reads it. */
function finish(response: Response): void {
  response.end();
  setTimeout(() => response.destroy(), READ_WITHIN_MS).unref();
}
