import type { CallOutcome, FinishedCall } from '../call-log/finished-call.js';
import { finishedCall } from '../calls/finished-call.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import type { Session } from '../sessions/session.js';

export interface EndedCallsOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Keeps the row of a finished call; never rejects, never waited for. */
  readonly record: (call: FinishedCall) => void;
}

/** The calls that ended last, and what is told of each. */
export class EndedCalls {
  readonly #options: EndedCallsOptions;
  readonly #callSids = new BoundedMap<string, true>();

  constructor(options: EndedCallsOptions) {
    this.#options = options;
  }

  has(callSid: string): boolean {
    return this.#callSids.has(callSid);
  }

  add(callSid: string): void {
    this.#callSids.set(callSid, true);
  }

  report(session: Session, why: CallOutcome): void {
    const { record, logger, metrics } = this.#options;
    const finished = finishedCall(session, why, new Date());
    const { call_sid, outcome, duration_ms } = finished;
    logger.info({ call_sid, outcome, duration_ms }, 'Call ended');
    metrics.callsEnded.inc({ outcome });
    record(finished);
  }
}
