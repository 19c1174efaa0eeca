const BEAT_MS = 20;
const STILL_MS = 100;

/**
 * Notices when this process stood still: its event loop was blocked, or the process was stopped. Whoever waits for
 * an answer with a deadline must not blame the other side for such a time.
 */
export class LoopWatch {
  readonly #onStill: ((ms: number) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #beatAt = Number.POSITIVE_INFINITY;
  #stillUntil = Number.NEGATIVE_INFINITY;

  /** `onStill` is called with the milliseconds of each standstill of 100 ms or more, after it. */
  constructor(onStill?: (ms: number) => void) {
    this.#onStill = onStill;
  }

  /** Keeps no process alive. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#beatAt = performance.now();
    this.#timer = setInterval(() => this.#beat(), BEAT_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#beatAt = Number.POSITIVE_INFINITY;
  }

  /** Whether it stood still for 100 ms or more at any time since `since` (of `performance.now()`), or does until now. */
  stoodStillSince(since: number): boolean {
    return this.#stillUntil >= since || performance.now() - this.#beatAt >= STILL_MS;
  }

  #beat(): void {
    const now = performance.now();
    const ms = now - this.#beatAt;
    this.#beatAt = now;
    if (ms < STILL_MS) return;
    this.#stillUntil = now;
    this.#onStill?.(ms);
  }
}
