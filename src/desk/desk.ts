import type { Vehicle } from '../customers/customer.js';
import type { CarStatus } from '../database/appointment-status.js';
import type { CallerName } from './caller-name.js';

/** A time that can be booked: offered by the same rules that the booking is checked with. */
export interface OpenTime {
  /** ISO 8601 with the shop's offset, e.g. `2026-11-24T09:30:00-06:00`. */
  readonly starts_at: string;
  readonly ends_at: string;
}

export interface BookingRequest {
  /** Of the verified caller; null: for no vehicle that is on file. */
  readonly vehicleId: number | null;
  readonly serviceType: string;
  readonly startsAt: string;
  /**
   * What a caller says their name is: becomes a customer with the booking if the call shows a number that no customer has. Else it is
   * left out, and nothing tells which of the two it was.
   */
  readonly newCustomer?: CallerName | undefined;
}

export interface MoveRequest {
  readonly appointmentId: number;
  readonly startsAt: string;
  /** The time of the appointment as the caller was told; absent: whatever it is. */
  readonly toldTime?: string | undefined;
}

export interface BookedAppointment {
  readonly id: number;
  readonly service_type: string;
  /** ISO 8601 with the shop's offset. */
  readonly date: string;
}

/** An appointment of a verified caller that is not over. */
export interface CallerAppointment extends BookedAppointment {
  /** `booked`, or where its car stands that is in the shop. */
  readonly status: 'booked' | CarStatus;
  /** Null: none is on file. */
  readonly vehicle: NamedVehicle | null;
  /** It has not begun, and its car is not in the shop: it can be moved and cancelled. */
  readonly may_change: boolean;
}

/**
 * `taken`: the time cannot be had. `over_limit`: callers who have proved nothing may not book it, by its number or its day; staff who ring back can.
 * To prove who calls lifts the limit.
 */
export type BookingResult =
  | { readonly status: 'booked'; readonly appointment: BookedAppointment }
  | { readonly status: 'taken' }
  | { readonly status: 'over_limit' };

/** What came of keyed digits. `wrong`: there is at least one more try; `refused`: there is none, on this call or on this day. */
export type Verification =
  | { readonly outcome: 'verified' }
  | { readonly outcome: 'wrong'; readonly triesLeft: number }
  | { readonly outcome: 'refused' };

/** A vehicle as a caller may hear of it: its VIN proves who calls, and is told to nobody. */
export type NamedVehicle = Omit<Vehicle, 'vin'>;

/**
 * What the desk does for the caller of one call; agents use this, never a table. Who is calling and what is proved of it comes from the call,
 * never from an argument. Every method rejects with a GatewayError: `FORBIDDEN` for what this caller may not have, `BAD_REQUEST` for
 * an argument that is wrong or has anything more in it, `CONFLICT` for an appointment that is not booked any more or has another time than
 * the caller was told, else when the database fails or is late. What is refused has no effect, and tells nothing of what there is.
 */
export interface CallerDesk {
  /** The first name to greet the caller by; null: by the shop's name alone. */
  firstName(): Promise<string | null>;
  /** Whether the caller has proved to be a customer: what is personal may be asked for. */
  isVerified(): Promise<boolean>;
  /** Whether {@link verify} may be asked; the same for a customer's number and any other. */
  readonly mayVerify: boolean;
  /** Whether these are the last four digits of the VIN of one of the vehicles of the customer who has the number. */
  verify(digits: string): Promise<Verification>;
  /** Soonest first; `[]` when nothing is open within the booking horizon. */
  openTimes(query: { serviceType: string; after?: string; limit: number }): Promise<readonly OpenTime[]>;
  /**
   * Keeps a place for this call for two minutes (its earlier hold is given up). `false`: taken meanwhile. `over_limit`: it would not be booked, as {@link BookingResult}
   * has it. `appointmentId`: that is to move there; else it is for a booking.
   */
  hold(serviceType: string, startsAt: string, appointmentId?: number): Promise<boolean | 'over_limit'>;
  release(): Promise<void>;
  /** Cancels what this call has booked for this time, if it has and that is not confirmed: the caller was never told of it, and wants another. */
  cancelUnconfirmed(startsAt: string): Promise<void>;
  /** Idempotent: the same call asking again for the same time gets the same appointment; for another service that time is `taken`. */
  book(request: BookingRequest): Promise<BookingResult>;
  /**
   * The caller has heard to the end that this appointment, which the call has booked or moved, stands. Does nothing for any other, or one
   * that was confirmed before.
   */
  confirm(appointmentId: number): Promise<void>;
  /** Of a verified caller. */
  vehicles(): Promise<readonly NamedVehicle[]>;
  /** Of a verified caller: first those whose car is in the shop, then what is booked; each soonest first. */
  upcoming(): Promise<readonly CallerAppointment[]>;
  /** Moves a coming appointment of a verified caller, or one that this call has booked. What the call holds is given up. Moving twice to the same time is no fault. */
  move(request: MoveRequest): Promise<BookingResult>;
  /** Cancels one, likewise; cancelling twice is no fault. `toldTime`: as in {@link MoveRequest}. */
  cancel(appointmentId: number, toldTime?: string): Promise<BookedAppointment>;
}
