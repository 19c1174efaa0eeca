import { and, eq, gt, gte, inArray, isNotNull, isNull, lt, ne, or, type SQL } from 'drizzle-orm';
import { DateTime } from 'luxon';
import { KEEPS_BAY } from '../database/appointment-status.js';
import { appointments } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { AppointmentRow } from './appointment-rows.js';
import type { OpenTimes, Place, Slot } from './open-times.js';
import type { BookWork } from './places.js';
import { DAY_MS, MINUTE_MS } from './wall-clock.js';

/** So many upcoming appointments a number may have that callers booked who had proved nothing. */
export const UPCOMING_A_NUMBER = 3;
/** So many appointments all callers together who show no number may book in an hour; cancelled ones count. */
export const NUMBERLESS_AN_HOUR = 2;
/** The share of a day's places that may stand booked by callers who had proved nothing. One appointment a day they may book in any case. */
const UNPROVED_SHARE = 0.3;

/** A place is half an hour of one bay: a day has as many as fit into its opening hours in all bays. A longer appointment takes several. */
const PLACE_MINUTES = 30;
const HOUR_MS = 3_600_000;

/** A caller who has proved nothing, as the limits see them: `phone` is E.164, or null when no number is shown. */
export interface UnprovedCaller {
  readonly phone: string | null;
}

/** Such a caller as one who chooses a time: `moves` is the appointment that is to come to it; null: it is for another one. */
export interface UnprovedChoice extends UnprovedCaller {
  readonly moves: number | null;
}

/** What counts when such a caller wants to book. */
export interface CountedBookings {
  /** No more are booked for this number; or in this hour, for callers who show none. */
  readonly isFull: boolean;
  /** What such callers have booked on the day that is asked for. */
  readonly onDay: readonly Slot[];
}

// What callers may book who have not proved who they are: a number can be forged, and one call more costs nothing. Asked within the transaction
// that books, after the book was locked, so that bookings at the same time are counted one after the other. Counts only what such callers booked:
// the answer says nothing of what the shop knows of a number.

/** What counts for a booking that begins then. An appointment that moves is none more. */
export async function countBookings(
  { sql, now, times }: BookWork,
  { phone, moves }: UnprovedChoice,
  startsAt: Date,
): Promise<CountedBookings> {
  if (moves !== null) {
    const others = ne(appointments.id, moves);
    return { isFull: false, onDay: await bookedOnDays(sql, times, startsAt, startsAt, others) };
  }
  const full = phone === null ? hourIsFull(sql, now) : numberIsFull(sql, phone, now);
  const [isFull, onDay] = await Promise.all([full, bookedOnDays(sql, times, startsAt, startsAt)]);
  return { isFull, onDay };
}

/** Whether this slot may not be booked. */
export function isOverLimit(times: OpenTimes, { isFull, onDay }: CountedBookings, slot: Slot): boolean {
  return isFull || dayIsFull(times, onDay, slot);
}

/**
 * Whether a slot of these days is offered to callers who have proved nothing: whether there is room left for them. What `callSid` has booked itself
 * does not count: it may be what moves. {@link isOverLimit} asks when one is chosen, and when it is booked.
 */
export async function roomForUnproved(
  sql: Sql,
  times: OpenTimes,
  { start, end }: Slot,
  callSid: string,
): Promise<(slot: Slot) => boolean> {
  const { wall } = times.openings;
  const ofOthers = or(isNull(appointments.callSid), ne(appointments.callSid, callSid));
  const booked = await bookedOnDays(sql, times, start, end, ofOthers);
  const dayOf = (slot: Slot) => wall.dayAt(slot.start.getTime());
  const byDay = new Map<number, Slot[]>();
  for (const each of booked) byDay.set(dayOf(each), [...(byDay.get(dayOf(each)) ?? []), each]);
  return (slot) => !dayIsFull(times, byDay.get(dayOf(slot)) ?? [], slot);
}

/** Whether this appointment may not move to this place: a caller who had proved nothing booked it, and it would come to a day without room. */
export async function isMoveOverLimit(
  work: BookWork,
  { id, unproved }: AppointmentRow,
  place: Place | object,
): Promise<boolean> {
  if (unproved === null || !('startsAt' in place)) return false;
  const counted = await countBookings(work, { phone: null, moves: id }, place.startsAt);
  return isOverLimit(work.times, counted, { start: place.startsAt, end: place.endsAt });
}

/** What callers who had proved nothing have booked from the day of the first instant to that of the last; `which`: only of these. */
async function bookedOnDays(
  sql: Sql,
  { rules: { timezone: zone } }: OpenTimes,
  first: Date,
  last: Date,
  which?: SQL,
): Promise<Slot[]> {
  const from = DateTime.fromJSDate(first, { zone }).startOf('day').toJSDate();
  const to = DateTime.fromJSDate(last, { zone }).startOf('day').plus({ days: 1 }).startOf('day').toJSDate();
  const { startsAt, endsAt, unproved, status } = appointments;
  const stands = inArray(status, [...KEEPS_BAY, 'completed']);
  return sql
    .select({ start: startsAt, end: endsAt })
    .from(appointments)
    .where(and(gte(startsAt, from), lt(startsAt, to), isNotNull(unproved), stands, which));
}

/** Whether the day of this slot has no room left for callers who have proved nothing. */
function dayIsFull(times: OpenTimes, onDay: readonly Slot[], slot: Slot): boolean {
  const taken = onDay.reduce((sum, each) => sum + placesOf(times, each), 0);
  const day = times.openings.wall.dayAt(slot.start.getTime());
  return taken > 0 && taken + placesOf(times, slot) > shareOf(times, day);
}

function shareOf({ rules, openings }: OpenTimes, day: number): number {
  let places = 0;
  for (let bay = 1; bay <= rules.bays; bay++)
    places += Math.floor(openings.minutesOf(day, bay) / PLACE_MINUTES);
  return Math.floor(UNPROVED_SHARE * places);
}

// Work that goes on after a night takes no place of the night.
function placesOf({ openings }: OpenTimes, { start, end }: Slot): number {
  const [from, to] = [start.getTime(), end.getTime()];
  const minutes = (to - from) / MINUTE_MS;
  if (to - from < DAY_MS / 2) return Math.ceil(minutes / PLACE_MINUTES);
  const open = openings.openMinutes(from, to);
  return Math.ceil(Math.min(minutes, Math.max(open, PLACE_MINUTES)) / PLACE_MINUTES);
}

/** As the row of a booking says it. */
export function unprovedBy({ phone }: UnprovedCaller): 'number' | 'no_number' {
  return phone === null ? 'no_number' : 'number';
}

async function numberIsFull(sql: Sql, phone: string, now: Date): Promise<boolean> {
  const { callerPhone, startsAt, unproved, status } = appointments;
  const upcoming = and(
    eq(callerPhone, phone),
    gt(startsAt, now),
    eq(unproved, 'number'),
    inArray(status, [...KEEPS_BAY]),
  );
  return (await sql.$count(appointments, upcoming)) >= UPCOMING_A_NUMBER;
}

async function hourIsFull(sql: Sql, now: Date): Promise<boolean> {
  const { unproved, createdAt } = appointments;
  const latest = and(eq(unproved, 'no_number'), gt(createdAt, new Date(now.getTime() - HOUR_MS)));
  return (await sql.$count(appointments, latest)) >= NUMBERLESS_AN_HOUR;
}
