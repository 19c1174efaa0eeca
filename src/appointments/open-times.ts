import { DateTime } from 'luxon';
import type { OpeningHours } from '../core/opening-hours.js';
import { WallClock, weekdayShown } from './wall-clock.js';
import { type Start, startsOfWeek } from './week-starts.js';

/** When appointments may begin. */
export interface SlotRules {
  /** IANA time zone in which the opening hours are meant. */
  readonly timezone: string;
  readonly hours: OpeningHours;
  /** How long from now the earliest appointment begins; 60 when absent. */
  readonly leadMinutes?: number;
  /** How many days from now the last appointment begins; 14 when absent. */
  readonly horizonDays?: number;
}

export interface Slot {
  readonly start: Date;
  readonly end: Date;
}

/** A bay that is taken for a while. */
export interface BusySlot extends Slot {
  readonly bay: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The earliest and the last instant at which an appointment may begin. */
export function bookingWindow(rules: SlotRules, now: Date): { earliest: Date; latest: Date } {
  const earliest = new Date(now.getTime() + (rules.leadMinutes ?? 60) * MINUTE_MS);
  const latest = DateTime.fromJSDate(now, { zone: rules.timezone })
    .plus({ days: rules.horizonDays ?? 14 })
    .toJSDate();
  return { earliest, latest };
}

/**
 * Every slot of `minutes` that begins at or after `from` and lies wholly in open time, soonest first, up to the booking horizon; what is open
 * until midnight and from midnight on is open. All by the clock on the wall: an hour that spring skips is not offered, and of the one that
 * autumn repeats only the first. A slot in
 * which the clock is changed is open in each of its minutes.
 */
export function* candidateSlots(rules: SlotRules, minutes: number, from: Date, now: Date): Generator<Slot> {
  const { earliest, latest } = bookingWindow(rules, now);
  const first = Math.max(earliest.getTime(), from.getTime());
  const wall = new WallClock(rules.timezone);
  const starts = startsOfWeek(rules.hours);
  const lastShown = wall.shownAt(latest.getTime());
  let midnight = Math.floor(wall.shownAt(first) / DAY_MS) * DAY_MS;
  for (; midnight <= lastShown; midnight += DAY_MS) {
    const ofDay = starts[weekdayShown(midnight)] ?? [];
    for (const start of startsOfDay(wall, rules.hours, { midnight, starts: ofDay, minutes })) {
      if (start > latest.getTime()) return;
      if (start >= first) yield { start: new Date(start), end: new Date(start + minutes * MINUTE_MS) };
    }
  }
}

/** A day as the clock on the wall counts it: `midnight` is what it shows then, or would show. */
interface Day {
  readonly midnight: number;
  readonly starts: readonly Start[];
  readonly minutes: number;
}

function* startsOfDay(
  wall: WallClock,
  hours: OpeningHours,
  { midnight, starts, minutes }: Day,
): Generator<number> {
  // To ask for the offset takes microseconds; on all but some days of the year it is the same from the day before to the end of the last slot.
  const offset = wall.offsetBetween(midnight - DAY_MS, midnight + 2 * DAY_MS + minutes * MINUTE_MS);
  for (const { minute, openFor } of starts) {
    const shown = midnight + minute * MINUTE_MS;
    const start = offset === null ? wall.firstShowing(shown) : shown - offset;
    if (start === null) continue;
    const isEven = offset !== null || wall.offsetBetween(start, start + minutes * MINUTE_MS) !== null;
    if (isEven ? minutes <= openFor : isOpenAllThrough(wall, hours, start, minutes)) yield start;
  }
}

function isOpenAllThrough(wall: WallClock, hours: OpeningHours, start: number, minutes: number): boolean {
  for (let passed = 0; passed < minutes; passed++) {
    const shown = wall.shownAt(start + passed * MINUTE_MS);
    const minute = Math.floor((shown % DAY_MS) / MINUTE_MS);
    const spans = hours[weekdayShown(shown)] ?? [];
    if (!spans.some(({ opens, closes }) => opens <= minute && minute < closes)) return false;
  }
  return true;
}

/** The slot of `minutes` that begins exactly at `start`, or `null` when none may begin then. */
export function slotAt(rules: SlotRules, minutes: number, start: Date, now: Date): Slot | null {
  const next = candidateSlots(rules, minutes, start, now).next();
  return !next.done && next.value.start.getTime() === start.getTime() ? next.value : null;
}

/**
 * The lowest bay that is free for the whole slot, or `null` when the shop is full then. A bay above `bays` (the shop had more once)
 * still counts as one taken.
 */
export function freeBay(slot: Slot, busy: Iterable<BusySlot>, bays: number): number | null {
  const taken = new Set<number>();
  for (const other of busy) {
    if (other.start < slot.end && slot.start < other.end) taken.add(other.bay);
  }
  if (taken.size >= bays) return null;
  for (let bay = 1; bay <= bays; bay++) if (!taken.has(bay)) return bay;
  return null;
}
