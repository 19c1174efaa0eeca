import type { Customer } from '../customers/customer.js';
import type { LiveSession } from '../sessions/live-session.js';

/** Who is calling, as far as the gateway knows. */
export interface Caller {
  /** E.164 where the number is one, else what Twilio sent (`anonymous`, `client:…`, `sip:…`). */
  readonly phone: string;
  /** Twilio attests with level A that the caller may use this number (`TN-Validation-Passed-A`). */
  readonly attested: boolean;
  /** The one customer with this number; null when unknown, ambiguous or not found in time. Never rejects. */
  readonly customer: Promise<Customer | null>;
}

/** A call as the desk sees it: nothing here is for its agent to choose. */
export interface CallAtDesk {
  readonly caller: Caller;
  readonly session: Pick<LiveSession, 'data' | 'change'>;
}
