import type { CallLatency, LatencyFigures } from '../call-log/finished-call.js';
import type { Metrics } from '../core/metrics.js';
import type { Playback } from '../twilio/playback.js';

/** A call of hours must not grow: so many of the latest figures of a kind are kept for the median. */
const MAX_KEPT = 500;

/** One kind of delay on one call. */
class Delays {
  readonly #kept: number[] = [];
  #count = 0;
  #max = 0;

  add(ms: number): void {
    this.#kept[this.#count % MAX_KEPT] = ms;
    this.#count += 1;
    this.#max = Math.max(this.#max, ms);
  }

  get figures(): LatencyFigures | null {
    if (this.#count === 0) return null;
    const sorted = [...this.#kept].sort((a, b) => a - b);
    const middle = sorted.length / 2;
    const low = sorted[Math.ceil(middle) - 1] ?? 0;
    const high = sorted[Math.floor(middle)] ?? 0;
    return { count: this.#count, median: Math.round((low + high) / 2), max: Math.round(this.#max) };
  }
}

/** The delays that the caller of one call lived through: told to the metrics as they happen, summed up for the call log. */
export class LatencyLog {
  readonly #metrics: Metrics;
  #greetingMs: number | null = null;
  readonly #responses = new Delays();
  readonly #interruptions = new Delays();
  readonly #markLags = new Delays();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** From the stream's start to the first audio sent; of a call that was resumed the first counts. */
  greeting(ms: number): void {
    this.#metrics.greetingDelay.observe(ms / 1000);
    this.#greetingMs ??= ms;
  }

  /** From the end of the caller's turn to the first audio of the answer at the caller's ear. */
  response(to: 'speech' | 'key', ms: number): void {
    this.#metrics.responseSeconds.observe({ to }, ms / 1000);
    this.#responses.add(ms);
  }

  /** From when the caller began to interrupt to silence at the caller's ear. */
  interruption(by: 'speech' | 'key', ms: number): void {
    this.#metrics.interruptionSeconds.observe({ by }, ms / 1000);
    this.#interruptions.add(ms);
  }

  /** A mark came back so long after its audio must have been played. */
  markLag(ms: number): void {
    this.#metrics.markLagSeconds.observe(ms / 1000);
    this.#markLags.add(ms);
  }

  get summary(): CallLatency {
    return {
      greeting_ms: this.#greetingMs === null ? null : Math.round(this.#greetingMs),
      response_ms: this.#responses.figures,
      interruption_ms: this.#interruptions.figures,
      mark_lag_ms: this.#markLags.figures,
    };
  }
}

/** The delays of one stream as the caller lives them: what is sent now is at their ear when a mark sent with it would be back. */
export class PerceivedLatency {
  readonly #playback: Pick<Playback, 'markLagMs'>;
  readonly #log: LatencyLog;
  /** When its start came, until the first audio went out (monotonic ms). */
  #startedAt: number | null;

  constructor(playback: Pick<Playback, 'markLagMs'>, log: LatencyLog, startedAt: number) {
    this.#playback = playback;
    this.#log = log;
    this.#startedAt = startedAt;
  }

  /** The agent begins to speak, which answers what ended at `since` (monotonic ms), if anything. */
  agentSpeaks(answered: { readonly to: 'speech' | 'key'; readonly since: number } | null): void {
    if (answered) this.#log.response(answered.to, this.#until(answered.since));
    if (this.#startedAt !== null) this.#log.greeting(performance.now() - this.#startedAt);
    this.#startedAt = null;
  }

  /** The agent falls silent for what began at `since` (monotonic ms). */
  interrupted(by: 'speech' | 'key', since: number): void {
    this.#log.interruption(by, this.#until(since));
  }

  markLag(ms: number): void {
    this.#log.markLag(ms);
  }

  #until(since: number): number {
    return performance.now() - since + this.#playback.markLagMs;
  }
}
