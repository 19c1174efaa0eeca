import type { Metrics } from '../core/metrics.js';
import type { CallLatency, LatencyFigures } from '../database/call-schema.js';
import type { LiveSession } from '../sessions/live-session.js';
import { type CallDelays, type DELAYS, type Delays, MAX_DELAYS } from '../sessions/session.js';
import type { Playback } from '../twilio/playback.js';

/**
 * The delays that the caller of one call lived through: told to the metrics as they happen, and kept in the session, so that whichever
 * gateway ends the call sums them up.
 */
export class LatencyLog {
  readonly #metrics: Metrics;
  readonly #session: Pick<LiveSession, 'data' | 'change'>;

  constructor(metrics: Metrics, session: Pick<LiveSession, 'data' | 'change'>) {
    this.#metrics = metrics;
    this.#session = session;
  }

  /** From the stream's start to the first audio sent; of a call that was resumed the first counts. */
  greeting(ms: number): void {
    this.#metrics.greetingDelay.observe(ms / 1000);
    const { delays } = this.#session.data;
    const greeting_ms = delays.greeting_ms ?? Math.round(ms);
    this.#session.change({ delays: { ...delays, greeting_ms } });
  }

  /** From the end of the caller's turn to the first audio of the answer at the caller's ear. */
  response(to: 'speech' | 'key', ms: number): void {
    this.#metrics.responseSeconds.observe({ to }, ms / 1000);
    this.#add('response', ms);
  }

  /** From when the caller began to interrupt to silence at the caller's ear. */
  interruption(by: 'speech' | 'key', ms: number): void {
    this.#metrics.interruptionSeconds.observe({ by }, ms / 1000);
    this.#add('interruption', ms);
  }

  /** A mark came back so long after its audio must have been played. */
  markLag(ms: number): void {
    this.#metrics.markLagSeconds.observe(ms / 1000);
    this.#add('mark_lag', ms);
  }

  /** From the end of the caller's speech to the first audio of the agent's model. */
  model(ms: number): void {
    this.#metrics.modelFirstAudio.observe(ms / 1000);
    this.#add('model', ms);
  }

  #add(kind: (typeof DELAYS)[number], delay: number): void {
    const { delays } = this.#session.data;
    const { count, max, latest } = delays[kind] ?? { count: 0, max: 0, latest: [] };
    const ms = Math.round(delay);
    const kept = [...latest, ms].slice(-MAX_DELAYS);
    const added: Delays = { count: count + 1, max: Math.max(max, ms), latest: kept };
    this.#session.change({ delays: { ...delays, [kind]: added } });
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

export function latencyOf(delays: CallDelays): CallLatency {
  return {
    greeting_ms: delays.greeting_ms,
    response_ms: summed(delays.response),
    interruption_ms: summed(delays.interruption),
    mark_lag_ms: summed(delays.mark_lag),
    model_ms: summed(delays.model),
  };
}

function summed(delays: Delays | null): LatencyFigures | null {
  if (!delays) return null;
  const sorted = [...delays.latest].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? 0;
  const high = sorted[Math.floor(middle)] ?? 0;
  return { count: delays.count, median: Math.round((low + high) / 2), max: delays.max };
}
