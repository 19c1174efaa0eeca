import type { Customer, UpcomingAppointment } from '../customers/customer.js';

/** A time that can be booked: offered by the same rules that the booking is checked with. */
export interface OpenTime {
  /** ISO 8601 with the shop's offset, e.g. `2026-11-24T09:30:00-06:00`. */
  readonly starts_at: string;
  readonly ends_at: string;
}

export interface BookingRequest {
  readonly callSid: string;
  readonly callerPhone: string;
  readonly customerId: number | null;
  readonly vehicleId: number | null;
  readonly serviceType: string;
  readonly startsAt: string;
}

export interface BookedAppointment {
  readonly id: number;
  readonly service_type: string;
  /** ISO 8601 with the shop's offset. */
  readonly date: string;
}

export type BookingResult =
  | { readonly status: 'booked'; readonly appointment: BookedAppointment }
  | { readonly status: 'taken' };

/** What the desk does for a caller; agents use this, never a table. Every method rejects when the database fails or is late. */
export interface CallerDesk {
  /** Soonest first; `[]` when nothing is open within the booking horizon. */
  openTimes(query: { serviceType: string; after?: string; limit: number }): Promise<readonly OpenTime[]>;
  /** Keeps a place for this call for two minutes (its earlier hold is given up). `false`: taken meanwhile. */
  hold(callSid: string, serviceType: string, startsAt: string): Promise<boolean>;
  release(callSid: string): Promise<void>;
  /** Cancels what this call has booked for this time, if it has: the caller was never told of it, and wants another. */
  withdraw(callSid: string, startsAt: string): Promise<void>;
  /** Idempotent by call: the same call asking again for the same time gets the same appointment. */
  book(request: BookingRequest): Promise<BookingResult>;
  upcoming(customerId: number): Promise<readonly UpcomingAppointment[]>;
}

export type { Customer };
