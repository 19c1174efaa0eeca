import type { Customer } from '../customers/customer.js';
import { mayHearPersonal } from '../desk/identity.js';
import type { Caller } from './agent.js';

/** The customer who is calling, if the caller may hear anything personal; else null, without waiting where that is plain. */
export async function identifiedCustomer({ attested, customer }: Caller): Promise<Customer | null> {
  if (!attested) return null;
  const found = await customer;
  return mayHearPersonal({ attested, customer: found }) ? found : null;
}
