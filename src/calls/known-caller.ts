import type { Caller } from '../desk/caller.js';
import type { StreamClaims } from '../twilio/stream-token.js';
import type { CallSurroundings } from './call-surroundings.js';

/** Who calls by what the webhook said; the customer of the number is looked for, and `onFound` told when there is one. */
export function knownCaller(
  { from, attestation }: StreamClaims,
  { lookUp, isAttested }: Pick<CallSurroundings, 'lookUp' | 'isAttested'>,
  onFound: (customerId: number) => void,
): Caller {
  const customer = lookUp(from).then((found) => {
    if (found) onFound(found.id);
    return found;
  });
  return { phone: from, attested: isAttested(attestation), customer };
}
