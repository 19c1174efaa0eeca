import { z } from 'zod';
import type { Unchanged } from '../core/fields.js';

/** A customer as cached; others may write there, too. */
export const CachedCustomer = z.object({
  id: z.int(),
  /** E.164. */
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
  /** Booked and in the future, soonest first; `date`: ISO 8601 with the shop's offset. */
  upcoming_appointments: z.array(z.object({ id: z.int(), service_type: z.string(), date: z.string() })),
  /** ISO 8601; null when the customer was never here. */
  last_service_date: z.string().nullable(),
});
export type Customer = Unchanged<z.infer<typeof CachedCustomer>>;
export type Vehicle = Customer['vehicles'][number];
export type UpcomingAppointment = Customer['upcoming_appointments'][number];

export interface VehicleRecord extends Vehicle {
  readonly plate: string | null;
}

/** A customer as the shop's staff sees it: with what callers never hear, and no cache has. */
export interface CustomerRecord extends Customer {
  readonly notes: string | null;
  readonly vehicles: readonly VehicleRecord[];
}

/** What of a record may be cached. */
export function withoutNotes({ notes: _notes, vehicles, ...customer }: CustomerRecord): Customer {
  return {
    ...customer,
    vehicles: vehicles.map(({ id, make, model, year, vin }) => ({ id, make, model, year, vin })),
  };
}

/** What is to change of a record; fields that are absent or `undefined` stay as they are. */
export type ChangesOf<T> = { readonly [Field in keyof T]?: T[Field] | undefined };
