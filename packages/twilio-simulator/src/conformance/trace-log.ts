import type { Ticker } from '../ticker.js';
import type { CallName, Observation, Occurrence, StreamTrace } from './observation.js';

/** Writes down what happens on a stream, with the time since its beginning. */
export class TraceLog {
  readonly trace: StreamTrace;
  readonly #seen: Observation[] = [];
  readonly #ticker: Ticker;
  readonly #beganAt: number;

  constructor(call: CallName, ticker: Ticker) {
    this.trace = { call, seen: this.#seen };
    this.#ticker = ticker;
    this.#beganAt = ticker.now();
  }

  note(occurrence: Occurrence): void {
    this.#seen.push({ ...occurrence, atMs: this.#ticker.now() - this.#beganAt });
  }
}
