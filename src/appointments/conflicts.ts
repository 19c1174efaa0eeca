import { and, asc, eq, gt, inArray, lt, type SQL } from 'drizzle-orm';
import { DateTime } from 'luxon';
import type { OpenSpan } from '../core/opening-span.js';
import { appointments } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import { type Closure, hoursOfDay } from '../shop/closure.js';
import type { BookingRules } from '../shop/shop.js';
import type { Appointment } from './appointment.js';
import { type AppointmentRow, toAppointment } from './appointment-rows.js';
import { Openings } from './openings.js';
import { MINUTE_MS } from './wall-clock.js';

/** More than these need no list, but another look at what was changed. */
const MOST = 200;
/** The statuses of appointments that need their place. */
const NOT_OVER = ['booked', 'arrived', 'in_progress', 'waiting_for_parts', 'ready'] as const;

/** Where and when to look. */
export interface ConflictQuery {
  /** IANA name: in this zone are the days of the closure. */
  readonly timezone: string;
  readonly now: Date;
}

/**
 * The appointments that stand in a closure and are not over, soonest first, 200 at most: on a day on which their bay is closed, or outside
 * of the hours that it has then.
 */
export async function conflictsWith(
  sql: Sql,
  closure: Closure,
  { timezone, now }: ConflictQuery,
): Promise<readonly Appointment[]> {
  const { startsAt, endsAt, bay, status } = appointments;
  const [from, until] = [dayIn(closure.from, timezone), dayIn(closure.to, timezone).plus({ days: 1 })];
  const filters: SQL[] = [
    inArray(status, [...NOT_OVER]),
    gt(endsAt, now),
    gt(endsAt, from.toJSDate()),
    lt(startsAt, until.startOf('day').toJSDate()),
  ];
  if (closure.bay !== null) filters.push(eq(bay, closure.bay));
  const rows = await sql
    .select()
    .from(appointments)
    .where(and(...filters))
    .orderBy(asc(startsAt), asc(appointments.id));
  const spans = closure.hours === null ? [] : hoursOfDay(closure.hours);
  return rows
    .filter((row) => !isWithin(row, spans, { from, until, timezone }))
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
    .where(and(inArray(status, [...NOT_OVER]), gt(endsAt, now)))
    .orderBy(asc(startsAt), asc(id));
  const openings = new Openings(rules);
  return rows
    .filter((row) => !hasPlace(row, rules, openings))
    .slice(0, MOST)
    .map((row) => toAppointment(row, rules.timezone));
}

function hasPlace(row: AppointmentRow, { bays, services }: BookingRules, openings: Openings): boolean {
  const { bay, serviceType } = row;
  const service = services.find(({ type }) => type === serviceType);
  if (!service || bay > bays || (service.bays && !service.bays.includes(bay))) return false;
  const [start, end] = [row.startsAt.getTime(), row.endsAt.getTime()];
  if (openings.workEnd(start, (end - start) / MINUTE_MS, false, bay) !== null) return true;
  // How much of it is done on which day is for the shop to see to.
  return service.carries_over && openings.isOpen(start, bay) && openings.isOpen(end - 1, bay);
}

interface Days {
  readonly from: DateTime;
  /** Not included. */
  readonly until: DateTime;
  readonly timezone: string;
}

/** Its work lies in open time on each of these days on which it is done. */
function isWithin({ startsAt, endsAt }: AppointmentRow, spans: readonly OpenSpan[], days: Days): boolean {
  const [start, end] = [startsAt, endsAt].map((at) => DateTime.fromJSDate(at, { zone: days.timezone }));
  if (!start || !end) return false;
  for (let day = days.from; day < days.until; day = day.plus({ days: 1 }).startOf('day')) {
    const next = day.plus({ days: 1 }).startOf('day');
    if (end <= day || start >= next) continue;
    const [opens, closes] = [start > day ? minuteOf(start) : 0, end < next ? minuteOf(end) : 24 * 60];
    if (!spans.some((span) => span.opens <= opens && closes <= span.closes)) return false;
  }
  return true;
}

function dayIn(day: string, timezone: string): DateTime {
  return DateTime.fromISO(`${day}T12:00`, { zone: timezone }).startOf('day');
}

function minuteOf(time: DateTime): number {
  return time.hour * 60 + time.minute;
}
