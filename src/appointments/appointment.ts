/** Holds are none of these: they are nobody's appointment yet. */
export const APPOINTMENT_STATUSES = [
  'booked',
  'arrived',
  'in_progress',
  'waiting_for_parts',
  'ready',
  'completed',
  'no_show',
  'cancelled',
] as const;
export type AppointmentStatus = (typeof APPOINTMENT_STATUSES)[number];

/** An appointment as the API gives it. */
export interface Appointment {
  readonly id: number;
  readonly service_type: string;
  /** ISO 8601 with the shop's offset: when it begins. */
  readonly date: string;
  /** When its bay is free again; ISO 8601 with the shop's offset. */
  readonly ends_at: string;
  readonly status: AppointmentStatus;
  /** E.164, or what Twilio sent for a caller without a number; null when it was not booked by a call. */
  readonly caller_phone: string | null;
  readonly customer_id: number | null;
  readonly vehicle_id: number | null;
}

export interface NewAppointment {
  readonly serviceType: string;
  readonly startsAt: Date;
  /** The call that books: it gets its own booking again when it asks twice, and may use the place it holds. */
  readonly callSid?: string | null;
  readonly callerPhone?: string | null;
  readonly customerId?: number | null;
  readonly vehicleId?: number | null;
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
  readonly limit: number;
  /** Only appointments with a smaller id. */
  readonly before?: number | undefined;
}

/** Whose coming appointment it must be: the customer's, or one that this call has booked. */
export interface AppointmentOwner {
  readonly customerId: number | null;
  readonly callSid: string;
}

/** Fields that are absent or `undefined` stay as they are. */
export interface AppointmentChanges {
  readonly startsAt?: Date | undefined;
  readonly serviceType?: string | undefined;
  readonly status?: AppointmentStatus | undefined;
  readonly customerId?: number | null | undefined;
  readonly vehicleId?: number | null | undefined;
}
