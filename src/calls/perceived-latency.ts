import type { Playback } from '../twilio/playback.js';
import type { LatencyLog } from './latency-log.js';

/** The delays of one stream as the caller lives them: what is sent now is at their ear when a mark sent with it would be back. */
export class PerceivedLatency {
  readonly #playback: Pick<Playback, 'markLagMs'>;
  #log: LatencyLog | null = null;
  /** When its start came, until the first audio went out (monotonic ms). */
  #startedAt: number | null = null;

  constructor(playback: Pick<Playback, 'markLagMs'>) {
    this.#playback = playback;
  }

  started(): void {
    this.#startedAt = performance.now();
  }

  /** From now on they are kept. */
  keepIn(log: LatencyLog): void {
    this.#log = log;
  }

  /** The agent begins to speak, which answers what ended at `since` (monotonic ms), if anything. */
  agentSpeaks(answered: { readonly to: 'speech' | 'key'; readonly since: number } | null): void {
    if (answered) this.#log?.response(answered.to, this.#until(answered.since));
    if (this.#startedAt !== null) this.#log?.greeting(performance.now() - this.#startedAt);
    this.#startedAt = null;
  }

  /** The agent falls silent for what began at `since` (monotonic ms). */
  interrupted(by: 'speech' | 'key', since: number): void {
    this.#log?.interruption(by, this.#until(since));
  }

  markLag(ms: number): void {
    this.#log?.markLag(ms);
  }

  #until(since: number): number {
    return performance.now() - since + this.#playback.markLagMs;
  }
}
