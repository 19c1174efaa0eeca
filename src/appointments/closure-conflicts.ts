import { and, asc, eq, gt, inArray, lt, type SQL } from 'drizzle-orm';
import { DateTime } from 'luxon';
import type { OpenSpan } from '../core/opening-span.js';
import { appointments } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import { type Closure, hoursOfDay } from '../shop/closure.js';
import type { Appointment } from './appointment.js';
import { type AppointmentRow, toAppointment } from './appointment-rows.js';

/** More than these need no list, but another look at the closure. */
const MOST = 200;

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
    inArray(status, ['booked', 'arrived', 'in_progress', 'waiting_for_parts', 'ready']),
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
