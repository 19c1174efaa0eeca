import { and, eq, gt, gte, inArray, isNotNull, lt, ne } from 'drizzle-orm';
import { DateTime } from 'luxon';
import { appointments } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { AppointmentRow } from './appointment-rows.js';
import type { Slot, SlotRules } from './open-times.js';
import type { Place } from './places.js';

/** So many upcoming appointments a number may have that callers booked who had proved nothing. */
export const UPCOMING_A_NUMBER = 3;
/** So many appointments all callers together who show no number may book in an hour; cancelled ones count. */
export const NUMBERLESS_AN_HOUR = 2;
/** The share of a day's places that may stand booked by callers who had proved nothing. One appointment a day they may book in any case. */
export const UNPROVED_SHARE = 0.3;

/** A place is half an hour of one bay: a day has as many as fit into its opening hours in all bays. A longer appointment takes several. */
const PLACE_MINUTES = 30;
const HOUR_MS = 3_600_000;

/** A caller who has proved nothing, as the limits see them: `phone` is E.164, or null when no number is shown. */
export interface UnprovedCaller {
  readonly phone: string | null;
}

/**
 * What callers may book who have not proved who they are: a number can be forged, and one call more costs nothing. Asked within the transaction
 * that books, after the book was locked, so that bookings at the same time are counted one after the other. Counts only what such callers booked:
 * the answer says nothing of what the shop knows of a number.
 */
export class BookingLimits {
  readonly #rules: SlotRules;
  readonly #bays: number;

  constructor(rules: SlotRules, bays: number) {
    this.#rules = rules;
    this.#bays = bays;
  }

  /** Whether this caller may not book this slot. */
  async forbid(sql: Sql, { phone }: UnprovedCaller, slot: Slot, now: Date): Promise<boolean> {
    const isFull = phone === null ? await hourIsFull(sql, now) : await numberIsFull(sql, phone, now);
    return isFull || (await this.dayIsFull(sql, slot));
  }

  /** Whether the day of this slot has no room left for callers who have proved nothing; `moved` is not counted. */
  async dayIsFull(sql: Sql, slot: Slot, moved = 0): Promise<boolean> {
    const day = DateTime.fromJSDate(slot.start, { zone: this.#rules.timezone }).startOf('day');
    const [from, to] = [day.toJSDate(), day.plus({ days: 1 }).startOf('day').toJSDate()];
    const { startsAt, endsAt, unproved, status, id } = appointments;
    const booked = await sql
      .select({ start: startsAt, end: endsAt })
      .from(appointments)
      .where(
        and(
          gte(startsAt, from),
          lt(startsAt, to),
          isNotNull(unproved),
          inArray(status, ['booked', 'completed']),
          ne(id, moved),
        ),
      );
    const taken = booked.reduce((sum, each) => sum + placesOf(each), 0);
    return taken > 0 && taken + placesOf(slot) > this.#shareOf(day.weekday);
  }

  /** Whether this appointment may not move to this place: a caller who had proved nothing booked it, and it would come to a day without room. */
  async forbidMove(sql: Sql, { id, unproved }: AppointmentRow, place: Place | object): Promise<boolean> {
    if (unproved === null || !('startsAt' in place)) return false;
    return this.dayIsFull(sql, { start: place.startsAt, end: place.endsAt }, id);
  }

  #shareOf(weekday: number): number {
    const spans = this.#rules.hours[weekday - 1] ?? [];
    const minutes = spans.reduce((sum, { opens, closes }) => sum + closes - opens, 0);
    return Math.floor(UNPROVED_SHARE * this.#bays * Math.floor(minutes / PLACE_MINUTES));
  }
}

/** As the row of a booking says it. */
export function unprovedBy({ phone }: UnprovedCaller): 'number' | 'no_number' {
  return phone === null ? 'no_number' : 'number';
}

function placesOf({ start, end }: Slot): number {
  return Math.ceil((end.getTime() - start.getTime()) / 60_000 / PLACE_MINUTES);
}

async function numberIsFull(sql: Sql, phone: string, now: Date): Promise<boolean> {
  const { callerPhone, startsAt, unproved, status } = appointments;
  const upcoming = and(
    eq(callerPhone, phone),
    gt(startsAt, now),
    eq(unproved, 'number'),
    eq(status, 'booked'),
  );
  return (await sql.$count(appointments, upcoming)) >= UPCOMING_A_NUMBER;
}

async function hourIsFull(sql: Sql, now: Date): Promise<boolean> {
  const { unproved, createdAt } = appointments;
  const latest = and(eq(unproved, 'no_number'), gt(createdAt, new Date(now.getTime() - HOUR_MS)));
  return (await sql.$count(appointments, latest)) >= NUMBERLESS_AN_HOUR;
}
