import { eq } from 'drizzle-orm';
import { GatewayError } from '../core/errors.js';
import { keepsBay } from '../database/appointment-status.js';
import { appointments } from '../database/schema.js';
import type { AppointmentChanges, AppointmentOwner, NewAppointment, OverLimit } from './appointment.js';
import {
  type AppointmentRow,
  bookingKeyOf,
  dropHoldOf,
  insertRow,
  isComingOf,
  rowOf,
} from './appointment-rows.js';
import { BookingLimits, type UnprovedCaller, unprovedBy } from './booking-limits.js';
import type { NoPlace } from './open-times.js';
import { ownerOfBooking } from './owner-of-booking.js';
import { type BookWork, bookedBefore, heldOrNewPlace, isMoved, placeAfterChange } from './places.js';

const CHANGED_MEANWHILE = 'This appointment has another time by now. Ask for it again.';
const ONLY_BOOKED_MOVE = 'Only an appointment that is booked can be moved or given another service.';

/** Books within a transaction: what the call has booked before, or a new one. */
export async function bookIn(
  work: BookWork,
  request: NewAppointment,
  caller: UnprovedCaller | null,
): Promise<AppointmentRow | NoPlace | OverLimit> {
  const { sql, times, now } = work;
  const { serviceType, startsAt, callSid = null, notes = null, confirmed = false } = request;
  const bookingKey = callSid && bookingKeyOf(callSid, startsAt);
  const again = await bookedBefore(sql, bookingKey);
  if (again) return again;
  const place = await heldOrNewPlace(work, request);
  if (callSid) await dropHoldOf(sql, callSid);
  if (typeof place === 'string') return place;
  const slot = { start: place.startsAt, end: place.endsAt };
  if (caller && (await new BookingLimits(times).forbid(sql, caller, slot, now))) return 'over_limit';
  const callerPhone = caller?.phone ?? request.callerPhone ?? null;
  const unproved = caller && unprovedBy(caller);
  const owner = await ownerOfBooking(sql, request);
  const who = { callSid, bookingKey, callerPhone, unproved, createdAt: now, ...owner };
  const row = { ...place, ...who, serviceType, notes, confirmed, status: 'booked' } as const;
  return (await insertRow(sql, row)) ?? 'taken';
}

/** Changes an appointment within a transaction; see {@link AppointmentBook.change}. */
export async function changeIn(
  work: BookWork,
  id: number,
  { bay, override, ...changes }: AppointmentChanges,
  owner: AppointmentOwner | undefined,
): Promise<{ before: AppointmentRow; after: AppointmentRow } | NoPlace | OverLimit | 'missing'> {
  const { sql, times, now } = work;
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const before = await rowOf(sql, id);
  if (!before || (owner && !isComingOf(before, owner, now))) return 'missing';
  if (owner) await dropHoldOf(sql, owner.callSid);
  const next: AppointmentRow = { ...before, ...given };
  if (owner && !isAsTold(before, next, owner)) throw new GatewayError('CONFLICT', CHANGED_MEANWHILE);
  const moves = isMoved(before, next);
  if (moves && next.status !== 'booked') throw new GatewayError('CONFLICT', ONLY_BOOKED_MOVE);
  const place = await placeAfterChange(work, before, next, { bay, override });
  if (typeof place === 'string') return place;
  if (owner && (await new BookingLimits(times).forbidMove(sql, before, place))) return 'over_limit';
  const isUnheard = moves && changes.confirmed === undefined ? { confirmed: false } : {};
  // Freed: the call that booked it may book the time anew.
  const key = keepsBay(next.status) && !moves ? {} : { bookingKey: null };
  const row = { ...given, ...place, ...isUnheard, ...key };
  if (Object.keys(row).length === 0) return { before, after: before };
  const [after = next] = await sql.update(appointments).set(row).where(eq(appointments.id, id)).returning();
  return { before, after };
}

/** It begins when its owner was told, or is as the owner wants it: then the change was made before, and its answer was lost. */
function isAsTold(
  { startsAt, status }: AppointmentRow,
  wanted: AppointmentRow,
  { toldStart }: AppointmentOwner,
): boolean {
  const isDone = status === wanted.status && startsAt.getTime() === wanted.startsAt.getTime();
  return toldStart === undefined || startsAt.getTime() === toldStart.getTime() || isDone;
}
