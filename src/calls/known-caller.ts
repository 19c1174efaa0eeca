import type { Caller } from '../desk/caller.js';
import type { StreamClaims } from '../twilio/stream-token.js';
import type { CallDependencies } from './call-dependencies.js';

/** Who calls by what the webhook said; the customer of the number is looked for, and `onKnown` told, also when there is none. */
export function knownCaller(
  { from, attestation }: StreamClaims,
  { lookUp, isAttested }: Pick<CallDependencies, 'lookUp' | 'isAttested'>,
  onKnown: (customerId: number | null) => void,
): Caller {
  const customer = lookUp(from).then((found) => {
    onKnown(found?.id ?? null);
    return found;
  });
  return { phone: from, attested: isAttested(attestation), customer };
}
