import { z } from 'zod';
import { CallerNumber, Id, Time, type Unchanged } from '../core/fields.js';
import { APPOINTMENT_STATUSES, type AppointmentStatus } from '../database/appointment-status.js';
import type { NoPlace } from './open-times.js';

/** An appointment as the API gives it. */
export const AppointmentAnswer = z
  .object({
    id: Id,
    service_type: z.string(),
    date: Time.describe('when it begins'),
    ends_at: Time.describe('when the work ends'),
    bay: z.int().describe('counted from 1'),
    status: z.enum(APPOINTMENT_STATUSES),
    confirmed: z.boolean().describe('the caller heard the confirmation to its end, or staff said so'),
    notes: z.string().nullable(),
    caller_phone: CallerNumber.nullable(),
    customer_id: Id.nullable(),
    vehicle_id: Id.nullable(),
  })
  .meta({ id: 'Appointment', description: 'An appointment. Times are in the zone of the shop.' });
export type Appointment = Unchanged<z.infer<typeof AppointmentAnswer>>;

export interface NewAppointment {
  readonly serviceType: string;
  readonly startsAt: Date;
  /** The call that books: it gets its own booking again when it asks twice, and may use the place it holds. */
  readonly callSid?: string | null;
  readonly callerPhone?: string | null;
  readonly customerId?: number | null;
  /** E.164. Where no `customerId` is given the appointment is of the customer who has this number, if there is one. */
  readonly ownNumber?: string | null;
  readonly vehicleId?: number | null;
  readonly notes?: string | null;
  readonly confirmed?: boolean;
  /** In this bay or none; null or absent: in any that can have it. */
  readonly bay?: number | null;
  /** Staff: over lead time, cut-off and horizon, and a service that a person has to book. */
  readonly override?: boolean;
  /** Becomes a customer with the booking if no other has the number; left out where `customerId` is given. */
  readonly newCustomer?: NewCustomerOfBooking | undefined;
}

export interface NewCustomerOfBooking {
  /** E.164. */
  readonly phone: string;
  readonly firstName: string;
  readonly lastName: string;
}

export interface AppointmentQuery {
  /** Only those that begin at this instant or later. */
  readonly from?: Date | undefined;
  /** Only those that begin before this instant. */
  readonly to?: Date | undefined;
  /** Only those of one of these. */
  readonly status?: readonly AppointmentStatus[] | undefined;
  /** Only those of this customer. */
  readonly customerId?: number | undefined;
  readonly limit: number;
  /** Only appointments with a smaller id. */
  readonly before?: number | undefined;
}

/** Whose coming appointment it must be: the customer's, or one that this call has booked. */
export interface AppointmentOwner {
  readonly customerId: number | null;
  readonly callSid: string;
  /** When the owner knows it to begin: if it begins at another time by now, it is left as it is. Absent: whatever it is. */
  readonly toldStart?: Date | undefined;
}

/** Fields that are absent or `undefined` stay as they are. */
export interface AppointmentChanges {
  readonly startsAt?: Date | undefined;
  readonly serviceType?: string | undefined;
  readonly status?: AppointmentStatus | undefined;
  readonly customerId?: number | null | undefined;
  /** Absent, and for another customer now: none. */
  readonly vehicleId?: number | null | undefined;
  readonly notes?: string | null | undefined;
  /** Absent: what is moved is unconfirmed, all else stays as it was. */
  readonly confirmed?: boolean | undefined;
  /** In this bay or none; absent: what is not moved stays where it is. */
  readonly bay?: number | undefined;
  /** See {@link NewAppointment}. */
  readonly override?: boolean | undefined;
}

/** Why a caller who has proved nothing cannot book: see booking-limits.ts. */
export type OverLimit = 'over_limit';

/** An appointment before and after a change, or why it stays as it was; `missing`: there is none. */
export type ChangeResult =
  | { readonly before: Appointment; readonly after: Appointment }
  | NoPlace
  | OverLimit
  | 'missing';
