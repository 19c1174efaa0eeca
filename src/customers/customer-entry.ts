import { z } from 'zod';
import type { Customer } from './customer.js';

const Entry = z.object({
  id: z.int(),
  phone_number: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  email: z.string().nullable(),
  vehicles: z.array(
    z.object({
      id: z.int(),
      make: z.string(),
      model: z.string(),
      year: z.int().nullable(),
      vin: z.string().nullable(),
    }),
  ),
  upcoming_appointments: z.array(z.object({ id: z.int(), service_type: z.string(), date: z.string() })),
  last_service_date: z.string().nullable(),
});

/** A customer as read from the cache, which others may write too; `null` when it is not one of ours or of another number. */
export function readCustomerEntry(entry: unknown, phone: string): Customer | null {
  const parsed = Entry.safeParse(entry);
  return parsed.success && parsed.data.phone_number === phone ? parsed.data : null;
}
