import type { Customer } from '../customers/customer.js';

/** `StirVerstat` of a call whose carrier vouches for the caller's right to the number (Twilio, "Trusted Calling with SHAKEN/STIR"). */
const FULL_ATTESTATION = 'TN-Validation-Passed-A';

/** Twilio attests that the caller may use the number: level A, verified, and nothing less. Null and unknown verdicts are no attestation. */
export function isAttested(verdict: string | null): boolean {
  return verdict === FULL_ATTESTATION;
}

/**
 * Whether this caller may hear a name, a vehicle or an appointment: the number is attested and belongs to one customer. A caller ID
 * alone is no proof of anything; everybody may hear opening hours and book.
 */
export function mayHearPersonal(caller: {
  readonly attested: boolean;
  readonly customer: Customer | null;
}): boolean {
  return caller.attested && caller.customer !== null;
}
