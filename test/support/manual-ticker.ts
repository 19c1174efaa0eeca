import type { Ticker } from '../../packages/twilio-simulator/src/ticker.js';

/** A clock that stands still until it is told to go on. */
export class ManualTicker implements Ticker {
  readonly #members = new Set<(now: number) => void>();
  #now = 1_000;

  now(): number {
    return this.#now;
  }

  add(tick: (now: number) => void): () => void {
    this.#members.add(tick);
    return () => this.#members.delete(tick);
  }

  get members(): number {
    return this.#members.size;
  }

  /** One tick, `ms` later. */
  advance(ms: number): void {
    this.#now += ms;
    for (const tick of this.#members) tick(this.#now);
  }
}
