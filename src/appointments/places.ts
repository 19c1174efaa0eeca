import { eq } from 'drizzle-orm';
import { keepsBay } from '../database/appointment-status.js';
import { appointments } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { Service } from '../shop/service.js';
import type { NewAppointment } from './appointment.js';
import { type AppointmentRow, bookingKeyOf, busySlots, type Except, holdOf } from './appointment-rows.js';
import { BusyBays } from './busy-bays.js';
import type { Asking, NoPlace, OpenTimes, Place } from './open-times.js';
import { Openings } from './openings.js';
import { MINUTE_MS } from './wall-clock.js';

/** For so long a hold keeps its place. */
export const HOLD_MS = 120_000;

/** One transaction in the book, after it was locked, with the rules that are in force in it. */
export interface BookWork {
  readonly sql: Sql;
  readonly times: OpenTimes;
  readonly now: Date;
}

/** What is in the way of this service from `startsAt` on; nothing for a service that the shop does not have. */
async function busyFor(
  { sql, times, now }: BookWork,
  service: Service | undefined,
  startsAt: Date,
  except: Except,
): Promise<BusyBays> {
  if (!service) return new BusyBays();
  const span = { start: startsAt, end: new Date(startsAt.getTime() + times.longestStay(service)) };
  return new BusyBays(await busySlots(sql, span, now, except));
}

/** What is known about a place that is wanted: what the call has booked for that time before, what it holds, and what is in the way. */
export interface PlaceFacts {
  readonly before: AppointmentRow | null;
  readonly held: AppointmentRow | null;
  readonly busy: BusyBays;
}

export async function placeFacts(
  work: BookWork,
  { callSid = null, serviceType, startsAt }: Pick<NewAppointment, 'callSid' | 'serviceType' | 'startsAt'>,
): Promise<PlaceFacts> {
  const { sql, now, times } = work;
  const service = times.rules.services.find(({ type }) => type === serviceType);
  const [before, held, busy] = await Promise.all([
    callSid === null ? null : bookedBefore(sql, bookingKeyOf(callSid, startsAt)),
    callSid === null ? null : holdOf(sql, callSid, now),
    busyFor(work, service, startsAt, { callSid }),
  ]);
  return { before, held, busy };
}

/** The place for a new appointment. */
export function heldOrNewPlace(
  { times, now }: BookWork,
  request: NewAppointment,
  { held, busy }: PlaceFacts,
): Place | NoPlace {
  const { serviceType, startsAt, override, bay } = request;
  const asking = { ...asHeld(held, request, now), override, bay };
  return times.placeAt(times.serviceOf(serviceType), startsAt, busy, asking);
}

/**
 * When and how a place is asked for. One that the call holds is judged as of when it was held: it may be too soon by now. By all else that is in
 * force now: a shop that has closed that day meanwhile is closed.
 */
function asHeld(
  held: AppointmentRow | null,
  { serviceType, startsAt }: Pick<AppointmentRow, 'serviceType' | 'startsAt'>,
  now: Date,
): Asking {
  if (held?.serviceType !== serviceType || held.startsAt.getTime() !== startsAt.getTime()) return { now };
  return { now: new Date((held.heldUntil ?? now).getTime() - HOLD_MS), preferred: held.bay };
}

/** What a change asks for beside the new values; what the call holds is not in its way. */
interface ChangeAsking extends Pick<Asking, 'override' | 'bay'>, Pick<Except, 'callSid'> {
  readonly held: AppointmentRow | null;
}

/** What a change does to the place: `{}` keeps it. */
export async function placeAfterChange(
  work: BookWork,
  before: AppointmentRow,
  after: AppointmentRow,
  { override, bay, callSid, held }: ChangeAsking,
): Promise<Place | NoPlace | object> {
  const { times, now } = work;
  if (isMoved(before, after)) {
    const isSameTime = before.startsAt.getTime() === after.startsAt.getTime();
    const preferred = isSameTime ? { preferred: before.bay } : {};
    const service = serviceOfRow(times, before, after.serviceType);
    const busy = await busyFor(work, service, after.startsAt, { appointmentId: before.id, callSid });
    const asking = { ...asHeld(held, after, now), override, bay, ...preferred };
    return times.placeAt(service, after.startsAt, busy, asking);
  }
  const isBroughtBack = !keepsBay(before.status) && keepsBay(after.status);
  const isOtherBay = keepsBay(after.status) && (bay ?? before.bay) !== before.bay;
  return isBroughtBack || isOtherBay ? placeAgain(work, before, { bay, callSid }) : {};
}

async function placeAgain(
  { sql, times, now }: BookWork,
  row: AppointmentRow,
  { bay, callSid }: Pick<ChangeAsking, 'bay' | 'callSid'>,
) {
  const span = { start: row.startsAt, end: row.freeAt ?? row.endsAt };
  const busy = new BusyBays(await busySlots(sql, span, now, { appointmentId: row.id, callSid }));
  const service = times.rules.services.find(({ type }) => type === row.serviceType) ?? null;
  return times.placeAgain(service, row, busy, { bay, preferred: row.bay });
}

/** A service that the shop does not have any more is still moved: it takes as long as it was booked for. */
function serviceOfRow(times: OpenTimes, row: AppointmentRow, type: string): Service {
  const known = times.rules.services.find((each) => each.type === type);
  if (known || type !== row.serviceType) return times.serviceOf(type);
  const after = ((row.freeAt ?? row.endsAt).getTime() - row.endsAt.getTime()) / MINUTE_MS;
  const work = { ...workOf(times, row), after_minutes: after, bays: null, bookable: true };
  return { type, name: type, choice: type, price_cents: null, ...work };
}

/** Work that began and ended in open time, and was closed between, was carried over: it takes the open time alone. */
function workOf({ rules, openings }: OpenTimes, { startsAt, endsAt, bay }: AppointmentRow) {
  const [from, to] = [startsAt.getTime(), endsAt.getTime()];
  const minutes = (to - from) / MINUTE_MS;
  // Where a closure came later, the hours of the week tell.
  const known = [openings, new Openings({ ...rules, closures: [] })].find((each) =>
    [from, to - 1].every((instant) => each.isOpen(instant, bay)),
  );
  const open = known?.openMinutes(from, to, bay) ?? minutes;
  return { minutes: open, carries_over: open < minutes };
}

export function isMoved(before: AppointmentRow, after: AppointmentRow): boolean {
  return before.serviceType !== after.serviceType || before.startsAt.getTime() !== after.startsAt.getTime();
}

/** What this call has booked for this time before; `null` when nothing. */
export async function bookedBefore(sql: Sql, bookingKey: string): Promise<AppointmentRow | null> {
  const [row] = await sql.select().from(appointments).where(eq(appointments.bookingKey, bookingKey));
  return row ?? null;
}
