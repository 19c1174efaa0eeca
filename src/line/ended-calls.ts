import type { CallOutcome, EndedCall } from '../call-log/finished-call.js';
import { finishedCall } from '../calls/finished-call.js';
import { type UnservedCall, unservedCall } from '../calls/unserved-call.js';
import { BoundedMap } from '../core/bounded-map.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import type { Session } from '../sessions/session.js';
import type { Shop } from '../shop/shop.js';
import { isOpenIn } from './after-hours.js';

export interface EndedCallsOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Keeps the row of a finished call; never rejects, never waited for. */
  readonly record: (call: EndedCall) => void;
  readonly shopOf: (callSid: string) => Shop;
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

  /** `isDialled`: a person is dialled for the call. `now`: as the call's own clock has it. */
  report(session: Session, why: CallOutcome, isDialled: boolean, now: Date): void {
    const { record, logger, metrics, shopOf } = this.#options;
    const isOpenAt = isOpenIn(shopOf(session.call_sid));
    const finished = finishedCall(session, why, { now, isDialled, isOpenAt });
    const { call_sid, outcome, duration_ms, test } = finished;
    const via = test ? 'browser' : 'phone';
    logger.info({ call_sid, outcome, duration_ms, ...(test ? { test } : {}) }, 'Call ended');
    metrics.callsEnded.inc({ outcome, via });
    metrics.callSeconds.observe({ via }, duration_ms / 1000);
    record(finished);
  }
}

/** Counts and records calls that no agent has talked with as all others are; how long they last is not known. */
export function unservedCalls({ record, logger, metrics, shopOf }: EndedCallsOptions) {
  return (call: UnservedCall): void => {
    const ended = unservedCall(call, { now: new Date(), isOpenAt: isOpenIn(shopOf(call.callSid)) });
    const { call_sid, outcome } = ended;
    logger.info({ call_sid, outcome, because: call.because }, 'Call answered without an agent');
    metrics.callsEnded.inc({ outcome, via: 'phone' });
    record(ended);
  };
}
