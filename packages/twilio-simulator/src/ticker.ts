import { performance } from 'node:perf_hooks';

/** A monotonic clock that calls its members about every 20 ms. */
export interface Ticker {
  /** Milliseconds from an arbitrary beginning; never goes back. */
  now(): number;
  /** Calls `tick` with the current time until the returned function is called. */
  add(tick: (now: number) => void): () => void;
}

const TICK_MS = 20;

/**
 * One timer for any number of calls; it runs only while it has members. Ticks may come late: members ask the clock
 * what is due, they never count ticks.
 */
export class SharedTicker implements Ticker {
  readonly #members = new Set<(now: number) => void>();
  #timer: NodeJS.Timeout | undefined;

  now(): number {
    return performance.now();
  }

  add(tick: (now: number) => void): () => void {
    this.#members.add(tick);
    this.#timer ??= setInterval(() => this.#tickAll(), TICK_MS);
    return () => this.#remove(tick);
  }

  /** The timer is on: at least one member is left. */
  get running(): boolean {
    return this.#timer !== undefined;
  }

  #tickAll(): void {
    const now = this.now();
    for (const tick of this.#members) tick(now);
  }

  #remove(tick: (now: number) => void): void {
    this.#members.delete(tick);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
