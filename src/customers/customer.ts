export interface Vehicle {
  readonly id: number;
  readonly make: string;
  readonly model: string;
  readonly year: number | null;
  readonly vin: string | null;
}

export interface UpcomingAppointment {
  readonly id: number;
  readonly service_type: string;
  /** ISO 8601 with the shop's offset. */
  readonly date: string;
}

/** A customer as cached. */
export interface Customer {
  readonly id: number;
  /** E.164. */
  readonly phone_number: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly email: string | null;
  readonly vehicles: readonly Vehicle[];
  /** Booked and in the future, soonest first. */
  readonly upcoming_appointments: readonly UpcomingAppointment[];
  /** ISO 8601; null when the customer was never here. */
  readonly last_service_date: string | null;
}

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
