import type { Metrics } from '../core/metrics.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { Turn } from '../sessions/session.js';
import { LatencyLog } from './latency-log.js';

/** What is known of a call beside its session, handed on from stream to stream. */
export interface CarriedHistory {
  /** Every turn with its full text, heard or not. */
  readonly generated: Turn[];
  readonly latency: LatencyLog;
}

export interface OpenedSession {
  readonly session: LiveSession;
  readonly resumed: boolean;
  /** What happened on the streams of this call before this one. */
  readonly memory: CarriedHistory;
}

/** Of a call that begins here. */
export function newHistory(metrics: Metrics): CarriedHistory {
  return { generated: [], latency: new LatencyLog(metrics) };
}
