import { install } from '@sinonjs/fake-timers';

/** Work outside of this process' own code, such as a thread's; null: none is under way. */
export type PendingWork = () => Promise<unknown> | null;

const FAKED = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'performance',
] as const;

/**
 * Time for everything in this process that asks for it: it stands still until all that can be done now is done, then it is
 * the time of the next timer. So the order of everything is decided by the timers alone, and an hour passes as fast as it is worked off.
 */
export class VirtualClock {
  readonly #nextTurn = setImmediate;
  readonly #pending: PendingWork;
  readonly #timers: ReturnType<typeof install>;

  /** Takes the place of the real clock and timers until {@link VirtualClock.uninstall}. */
  constructor(now: Date, pending: PendingWork) {
    this.#pending = pending;
    this.#timers = install({ now, toFake: [...FAKED], shouldClearNativeTimers: true });
  }

  /** How many timers are set. */
  get timerCount(): number {
    return this.#timers.countTimers();
  }

  /**
   * Goes on from timer to timer until `work` has settled, and settles as it does. Rejects when nothing is left that could settle it, or
   * when it takes longer than `limitMs` of this time.
   */
  async run<T>(work: Promise<T>, limitMs: number): Promise<T> {
    let over = false;
    const end = () => {
      over = true;
    };
    work.then(end, end);
    const limit = performance.now() + limitMs;
    for (await this.#settle(); !over; await this.#settle()) {
      if (this.timerCount === 0)
        throw new Error('The replay stands still: nothing is left that could happen');
      if (performance.now() > limit)
        throw new Error(`The replay has not ended within ${limitMs} ms of its time`);
      this.#timers.next();
    }
    return await work;
  }

  /** The real clock is back; timers that are still set never fire. */
  uninstall(): void {
    this.#timers.uninstall();
  }

  // A turn of the real event loop empties the queue of everything that was promised.
  async #settle(): Promise<void> {
    await new Promise<void>((resolve) => this.#nextTurn(resolve));
    for (let work = this.#pending(); work; work = this.#pending()) {
      await work.catch(() => undefined);
      await new Promise<void>((resolve) => this.#nextTurn(resolve));
    }
  }
}
