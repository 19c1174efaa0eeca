import type { Appointment } from '../appointments/appointment.js';
import { ONLY_BY_PERSON } from '../appointments/appointment-book.js';
import type { ComingAppointment } from '../appointments/coming-appointments.js';
import type { NoPlace } from '../appointments/open-times.js';
import { GatewayError } from '../core/errors.js';
import type { Vehicle } from '../customers/customer.js';
import type { BookedAppointment, CallerAppointment, NamedVehicle } from './desk.js';

// What the shop has in its records, as callers may hear of it: everything else is left out here.

/** More appointments than these nobody listens to. */
export const MOST_UPCOMING = 20;

/** What a caller is told who cannot have a time. Throws `CONFLICT` when none can be had for this service. */
export function told(reason: NoPlace | 'over_limit'): 'taken' | 'over_limit' {
  if (reason === 'not_bookable') throw new GatewayError('CONFLICT', ONLY_BY_PERSON);
  return reason === 'over_limit' ? reason : 'taken';
}

export function toBooked({ id, service_type, date }: Appointment): BookedAppointment {
  return { id, service_type, date };
}

/** Without its VIN and its plate. */
export function named({ id, make, model, year }: Vehicle): NamedVehicle {
  return { id, make, model, year };
}

/** `vehicles`: of the customer whose appointment it is. */
export function toTold(
  { appointment, status, mayChange }: ComingAppointment,
  vehicles: readonly Vehicle[],
): CallerAppointment {
  const vehicle = vehicles.find(({ id }) => id === appointment.vehicle_id);
  return {
    ...toBooked(appointment),
    status,
    vehicle: vehicle ? named(vehicle) : null,
    may_change: mayChange,
  };
}
