import { eq } from 'drizzle-orm';
import { keepsBay } from '../database/appointment-status.js';
import { appointments } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { Service } from '../shop/service.js';
import type { NewAppointment } from './appointment.js';
import { type AppointmentRow, busySlots, type Except, holdOf } from './appointment-rows.js';
import { BusyBays } from './busy-bays.js';
import type { Asking, NoPlace, OpenTimes, Place } from './open-times.js';
import { MINUTE_MS } from './wall-clock.js';

/** For so long a hold keeps its place. */
export const HOLD_MS = 120_000;

/** One transaction in the book, after it was locked, with the rules that are in force in it. */
export interface BookWork {
  readonly sql: Sql;
  readonly times: OpenTimes;
  readonly now: Date;
}

/** A place for a service from `startsAt` on. */
export async function placeFor(
  { sql, times, now }: BookWork,
  service: Service,
  startsAt: Date,
  { except, ...asking }: Omit<Asking, 'now'> & { readonly now?: Date; readonly except?: Except },
): Promise<Place | NoPlace> {
  const span = { start: startsAt, end: new Date(startsAt.getTime() + times.longestStay(service)) };
  const busy = new BusyBays(await busySlots(sql, span, now, except));
  return times.placeAt(service, startsAt, busy, { now, ...asking });
}

/**
 * The place for a new appointment. One that the call holds is judged as of when it was held: it may be too soon by now. By all else that is in
 * force now: a shop that has closed that day meanwhile is closed.
 */
export async function heldOrNewPlace(work: BookWork, request: NewAppointment): Promise<Place | NoPlace> {
  const { serviceType, startsAt, callSid = null, override, bay } = request;
  const service = work.times.serviceOf(serviceType);
  const held = callSid === null ? null : await holdOf(work.sql, callSid, work.now);
  const asking = { override, bay, except: { callSid } };
  const isHeld = held?.serviceType === serviceType && held.startsAt.getTime() === startsAt.getTime();
  if (!isHeld) return placeFor(work, service, startsAt, asking);
  const heldAt = new Date((held.heldUntil ?? work.now).getTime() - HOLD_MS);
  return placeFor(work, service, startsAt, { ...asking, now: heldAt, preferred: held.bay });
}

/** What a change asks for beside the new values. */
export type ChangeAsking = Pick<Asking, 'override' | 'bay'>;

/** What a change does to the place: `{}` keeps it. */
export async function placeAfterChange(
  work: BookWork,
  before: AppointmentRow,
  after: AppointmentRow,
  { override, bay }: ChangeAsking,
): Promise<Place | NoPlace | object> {
  const except = { appointmentId: before.id };
  if (isMoved(before, after)) {
    const isSameTime = before.startsAt.getTime() === after.startsAt.getTime();
    const preferred = isSameTime ? { preferred: before.bay } : {};
    const asking = { override, bay, except, ...preferred };
    return placeFor(work, serviceOfRow(work.times, before, after.serviceType), after.startsAt, asking);
  }
  const isBroughtBack = !keepsBay(before.status) && keepsBay(after.status);
  const isOtherBay = keepsBay(after.status) && (bay ?? before.bay) !== before.bay;
  return isBroughtBack || isOtherBay ? placeAgain(work, before, { bay }) : {};
}

async function placeAgain({ sql, times, now }: BookWork, row: AppointmentRow, { bay }: Pick<Asking, 'bay'>) {
  const span = { start: row.startsAt, end: row.freeAt ?? row.endsAt };
  const busy = new BusyBays(await busySlots(sql, span, now, { appointmentId: row.id }));
  const service = times.rules.services.find(({ type }) => type === row.serviceType) ?? null;
  return times.placeAgain(service, row, busy, { bay, preferred: row.bay });
}

/** A service that the shop does not have any more is still moved: it takes as long as it was booked for. */
function serviceOfRow(times: OpenTimes, row: AppointmentRow, type: string): Service {
  const known = times.rules.services.find((each) => each.type === type);
  if (known || type !== row.serviceType) return times.serviceOf(type);
  const minutes = (row.endsAt.getTime() - row.startsAt.getTime()) / MINUTE_MS;
  const after = ((row.freeAt ?? row.endsAt).getTime() - row.endsAt.getTime()) / MINUTE_MS;
  const work = { minutes, after_minutes: after, bays: null, bookable: true, carries_over: false };
  return { type, name: type, choice: type, price_cents: null, ...work };
}

export function isMoved(before: AppointmentRow, after: AppointmentRow): boolean {
  return before.serviceType !== after.serviceType || before.startsAt.getTime() !== after.startsAt.getTime();
}

/** What this call has booked for this time before; `null` when nothing. */
export async function bookedBefore(sql: Sql, bookingKey: string | null): Promise<AppointmentRow | null> {
  if (bookingKey === null) return null;
  const [row] = await sql.select().from(appointments).where(eq(appointments.bookingKey, bookingKey));
  return row ?? null;
}
