import { and, asc, eq, gt, inArray, lt } from 'drizzle-orm';
import { parseOpeningHours } from '../core/opening-hours.js';
import { KEEPS_BAY } from '../database/appointment-status.js';
import { appointments } from '../database/schema.js';
import { dayOf } from '../database/shop-time.js';
import type { Sql } from '../database/sql-pool.js';
import type { Closure } from '../shop/closure.js';
import type { BookingRules } from '../shop/shop.js';
import type { Appointment } from './appointment.js';
import { type AppointmentRow, toAppointment } from './appointment-rows.js';
import { Openings } from './openings.js';
import { DAY_MS, MINUTE_MS } from './wall-clock.js';

/** More than these need no list, but another look at what was changed. */
const MOST = 200;
const ALWAYS = parseOpeningHours('24/7');

/**
 * The appointments that stand in a closure and are not over, soonest first, 200 at most: on a day on which their bay is closed, or outside
 * of the hours that it has then. `timezone`: the days of the closure are in it.
 */
export async function conflictsWith(
  sql: Sql,
  closure: Closure,
  { timezone, now }: { readonly timezone: string; readonly now: Date },
): Promise<readonly Appointment[]> {
  const { startsAt, endsAt, bay, status, id } = appointments;
  // A day more on each side, whatever the zone: in those days it is open.
  const from = new Date((dayOf(closure.from) - 1) * DAY_MS);
  const until = new Date((dayOf(closure.to) + 2) * DAY_MS);
  const isNear = and(gt(endsAt, from), lt(startsAt, until));
  const isInBay = closure.bay === null ? undefined : eq(bay, closure.bay);
  const rows = await sql
    .select()
    .from(appointments)
    .where(and(inArray(status, [...KEEPS_BAY]), gt(endsAt, now), isNear, isInBay))
    .orderBy(asc(startsAt), asc(id));
  const openings = new Openings({ timezone, hours: ALWAYS, closures: [closure] });
  return rows
    .filter((row) => !isOpenFor(row, openings))
    .slice(0, MOST)
    .map((row) => toAppointment(row, timezone));
}

/**
 * The appointments that are not over and have no place by these rules, soonest first, 200 at most: their bay is no more, or not open for all of their
 * work, or their service is no more, or not done in that bay. When they could be booked does not matter, nor whether callers may book such work.
 */
export async function conflictsWithRules(
  sql: Sql,
  rules: BookingRules,
  now: Date,
): Promise<readonly Appointment[]> {
  const { startsAt, endsAt, status, id } = appointments;
  const rows = await sql
    .select()
    .from(appointments)
    .where(and(inArray(status, [...KEEPS_BAY]), gt(endsAt, now)))
    .orderBy(asc(startsAt), asc(id));
  const openings = new Openings(rules);
  return rows
    .filter((row) => !hasPlace(row, rules, openings))
    .slice(0, MOST)
    .map((row) => toAppointment(row, rules.timezone));
}

function hasPlace(row: AppointmentRow, { bays, services }: BookingRules, openings: Openings): boolean {
  const { bay, serviceType, startsAt, endsAt } = row;
  const service = services.find(({ type }) => type === serviceType);
  if (!service || bay > bays || (service.bays && !service.bays.includes(bay))) return false;
  if (isOpenFor(row, openings)) return true;
  // How much of it is done on which day is for the shop to see to.
  const ends = [startsAt.getTime(), endsAt.getTime() - 1];
  return service.carries_over && ends.every((instant) => openings.isOpen(instant, bay));
}

/** Its bay is open for all of its work, without a break. */
function isOpenFor({ startsAt, endsAt, bay }: AppointmentRow, openings: Openings): boolean {
  const minutes = (endsAt.getTime() - startsAt.getTime()) / MINUTE_MS;
  return openings.workEnd(startsAt.getTime(), minutes, false, bay) !== null;
}
