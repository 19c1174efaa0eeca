import type { OpeningHours } from '../core/opening-hours.js';
import type { OpenSpan } from '../core/opening-span.js';
import { dayOf } from '../database/shop-time.js';
import { type ClosureHours, hoursOfDay } from '../shop/closure.js';
import type { BookingRules } from '../shop/shop.js';
import { DAY_MS, MINUTE_MS, WallClock, weekdayShown } from './wall-clock.js';

/** What decides when the shop and each of its bays are open. */
interface OpeningRules extends Pick<BookingRules, 'timezone' | 'hours'> {
  readonly closures: readonly ClosureHours[];
}

/** In Unix milliseconds, `to` not included. */
export interface OpenPeriod {
  readonly from: number;
  readonly to: number;
}

/** Work that is carried over must end within so many days: a car is not taken in for longer. */
export const CARRY_DAYS = 31;
/** A shop that does not open within so many days is closed until further notice. */
const LOOK_AHEAD_DAYS = 60;
/** So many days are remembered before all are worked out again. */
const MOST_DAYS = 4096;
const MOST_BAYS = 65_536;

/**
 * When the shop and its bays are open: the hours of the week, and on the days of closures what those say instead. Several closures of one
 * day leave what all of them leave, and a bay is never open while the shop is closed. All by the clock on the shop's wall: what is open from
 * 01:00 to 04:00 is open in every minute that the clock shows such a time, be it shown twice or never.
 *
 * Days are numbered by what the wall shows, from the first of January 1970; bay 0 is the shop. Made for one set of rules, and remembers the days it was asked for.
 */
export class Openings {
  readonly wall: WallClock;
  readonly #hours: OpeningHours;
  readonly #closures: readonly ClosedDays[];
  readonly #ownBays: ReadonlySet<number>;
  readonly #spans = new Map<number, readonly OpenSpan[]>();
  readonly #times = new Map<number, readonly OpenPeriod[]>();

  constructor({ timezone, hours, closures }: OpeningRules) {
    this.wall = new WallClock(timezone);
    this.#hours = hours;
    this.#closures = closures.map(closedDays);
    this.#ownBays = new Set(this.#closures.map(({ bay }) => bay));
  }

  /** When it is open on that day, in minutes of the wall's day, earliest first. */
  spansOf(day: number, bay = 0): readonly OpenSpan[] {
    return remembered(this.#spans, this.#key(day, bay), () => {
      const weekly = this.#hours[weekdayShown(day * DAY_MS)] ?? [];
      const ofDay = this.#closures.filter(({ first, last }) => first <= day && day <= last);
      // The hours of a closure stand in place of the week's; those of a bay only narrow the shop's.
      const [ofShop = weekly, ...others] = ofDay
        .filter((closed) => closed.bay === 0)
        .map(({ spans }) => spans);
      const ofBay = ofDay.filter((closed) => closed.bay === bay && bay !== 0).map(({ spans }) => spans);
      return [...others, ...ofBay].reduce(commonSpans, ofShop);
    });
  }

  /** How many minutes it is open on that day, by the wall. */
  minutesOf(day: number, bay = 0): number {
    return this.spansOf(day, bay).reduce((sum, { opens, closes }) => sum + closes - opens, 0);
  }

  /** How many minutes it is open between two instants. */
  openMinutes(from: number, to: number, bay = 0): number {
    let open = 0;
    for (const time of this.timesFrom(from, to, bay))
      open += Math.min(time.to, to) - Math.max(time.from, from);
    return open / MINUTE_MS;
  }

  isOpen(instant: number, bay = 0): boolean {
    const [time] = this.timesFrom(instant, instant + 1, bay);
    return time !== undefined && time.from <= instant;
  }

  /**
   * When work ends that begins then in this bay; null: it does not fit. It lies in open time, or, if it `carriesOver`, begins in open time and
   * goes on whenever that bay is open again.
   */
  workEnd(start: number, minutes: number, carriesOver: boolean, bay = 0): number | null {
    let at = start;
    let left = minutes * MINUTE_MS;
    // As nearly all work does, within one open time.
    const time = this.#timesOn(Math.floor(start / DAY_MS), bay).find(({ to }) => start < to);
    if (time && time.from <= start && left <= time.to - start) return start + left;
    for (const { from, to } of this.timesFrom(start, start + CARRY_DAYS * DAY_MS, bay)) {
      if (from > at && (at === start || !carriesOver)) return null;
      at = Math.max(at, from);
      if (left <= to - at) return at + left;
      left -= to - at;
      at = to;
    }
    return null;
  }

  /** When it is open, soonest first, from what lasts beyond `from` to what begins before `until`. Two of them may touch. */
  *timesFrom(from: number, until: number, bay = 0): Generator<OpenPeriod> {
    for (let day = Math.floor(from / DAY_MS); day * DAY_MS < until; day++) {
      for (const time of this.#timesOn(day, bay)) {
        if (time.to > from && time.from < until) yield time;
      }
    }
  }

  // Of a day of UTC, so that they come in order also where the wall shows a day twice, or not at all.
  #timesOn(day: number, bay: number): readonly OpenPeriod[] {
    return remembered(this.#times, this.#key(day, bay), () => {
      const times: OpenPeriod[] = [];
      for (const { from, to, offset } of this.wall.evenTimes(day * DAY_MS, (day + 1) * DAY_MS)) {
        for (let shown = Math.floor((from + offset) / DAY_MS); shown * DAY_MS < to + offset; shown++) {
          for (const { opens, closes } of this.spansOf(shown, bay)) {
            const opened = Math.max(from, shown * DAY_MS + opens * MINUTE_MS - offset);
            const closed = Math.min(to, shown * DAY_MS + closes * MINUTE_MS - offset);
            if (opened < closed) times.push({ from: opened, to: closed });
          }
        }
      }
      return times;
    });
  }

  #key(day: number, bay: number): number {
    return day * MOST_BAYS + (this.#ownBays.has(bay) ? bay : 0);
  }
}

/**
 * Whether the shop is open at an instant; `at`: when it closes, or opens next, null: not within 60 days. By the clock on the shop's wall, closures and
 * special hours included; what is open until midnight and from midnight on is open.
 */
export function openNow(
  rules: OpeningRules,
  now: Date,
): { readonly isOpen: boolean; readonly at: Date | null } {
  const from = now.getTime();
  const until = from + LOOK_AHEAD_DAYS * DAY_MS;
  let closes: number | null = null;
  for (const { from: opened, to } of new Openings(rules).timesFrom(from, until)) {
    const isBreak = opened > (closes ?? from);
    if (isBreak)
      return closes === null
        ? { isOpen: false, at: new Date(opened) }
        : { isOpen: true, at: new Date(closes) };
    closes = to;
  }
  return { isOpen: closes !== null, at: closes === null || closes >= until ? null : new Date(closes) };
}

interface ClosedDays {
  readonly first: number;
  readonly last: number;
  readonly bay: number;
  readonly spans: readonly OpenSpan[];
}

function closedDays({ from, to, bay, hours }: ClosureHours): ClosedDays {
  return {
    first: dayOf(from),
    last: dayOf(to),
    bay: bay ?? 0,
    spans: hours === null ? [] : hoursOfDay(hours),
  };
}

function commonSpans(some: readonly OpenSpan[], others: readonly OpenSpan[]): readonly OpenSpan[] {
  return some.flatMap((one) =>
    others.flatMap((other) => {
      const [opens, closes] = [Math.max(one.opens, other.opens), Math.min(one.closes, other.closes)];
      return opens < closes ? [{ opens, closes }] : [];
    }),
  );
}

/** What is known by that key; `make` makes it where nothing is. */
export function remembered<T>(memory: Map<number, T>, key: number, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined) return known;
  if (memory.size >= MOST_DAYS) memory.clear();
  const made = make();
  memory.set(key, made);
  return made;
}
