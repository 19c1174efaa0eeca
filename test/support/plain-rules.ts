import { DateTime } from 'luxon';
import type { BusySlot } from '../../src/appointments/busy-bays.js';
import type { Place } from '../../src/appointments/open-times.js';
import { type OpeningHours, parseOpeningHours } from '../../src/core/opening-hours.js';
import type { Service } from '../../src/shop/service.js';
import type { BookingRules } from '../../src/shop/shop.js';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const MOST_CARRIED_MS = 31 * DAY_MINUTES * MINUTE_MS;

/** A minute as the clock on the wall shows it. */
interface WallMinute {
  readonly instant: number;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly minute: number;
  /** It has been shown before: the hour that autumn repeats. */
  readonly isRepeated: boolean;
}

/** What the moment of asking decides. */
interface Asked {
  readonly earliest: number;
  readonly latest: number;
  /** The day for which it is too late. */
  readonly closedDate: string | null;
}

const known = new Map<string, readonly WallMinute[]>();

/** Every minute from four days before `around` to so many days after it. */
function wallMinutes(timezone: string, around: string, days: number): readonly WallMinute[] {
  const key = `${timezone} ${around} ${days}`;
  const made = known.get(key);
  if (made) return made;
  const seen = new Set<number>();
  const from = Math.floor(Date.parse(around) / MINUTE_MS) * MINUTE_MS - 4 * DAY_MINUTES * MINUTE_MS;
  const minutes: WallMinute[] = [];
  for (let passed = 0; passed < (4 + days) * DAY_MINUTES; passed += 60) {
    for (const [instant, offset] of hourFrom(timezone, from + passed * MINUTE_MS)) {
      const shown = Math.round(instant / MINUTE_MS + offset);
      const date = new Date(shown * MINUTE_MS).toISOString().slice(0, 10);
      minutes.push({ instant, date, minute: shown % DAY_MINUTES, isRepeated: seen.has(shown) });
      seen.add(shown);
    }
  }
  known.set(key, minutes);
  return minutes;
}

/** Sixty instants, a minute apart, each with its offset from UTC in minutes. To ask for an offset takes long. */
function hourFrom(timezone: string, from: number): (readonly [number, number])[] {
  const { zone } = DateTime.fromMillis(0, { zone: timezone });
  const [first, last] = [zone.offset(from), zone.offset(from + 60 * MINUTE_MS)];
  return Array.from({ length: 60 }, (_, minute) => {
    const instant = from + minute * MINUTE_MS;
    return [instant, first === last ? first : zone.offset(instant)] as const;
  });
}

/**
 * The rules of a shop said plainly, minute by minute, around one time: what the fast code is held against. It shares the reading of opening hours with
 * it, and nothing else.
 */
export class PlainShop {
  readonly #rules: BookingRules;
  readonly #minutes: readonly WallMinute[];
  readonly #closures: readonly { from: string; to: string; bay: number | null; hours: OpeningHours | null }[];
  readonly #open = new Map<string, readonly boolean[]>();
  #startsAsked: Date | null = null;
  #starts: number[] = [];

  constructor(rules: BookingRules, around: string, days = 45) {
    this.#rules = rules;
    this.#minutes = wallMinutes(rules.timezone, around, days);
    this.#closures = rules.closures.map(({ from, to, bay, hours }) => {
      return { from, to, bay, hours: hours === null ? null : parseOpeningHours(hours) };
    });
  }

  /** All that may be booked, soonest first, each in the lowest bay. */
  places(service: Service, busy: readonly BusySlot[], now: Date): Place[] {
    if (now !== this.#startsAsked) this.#starts = this.#startsFor(now);
    this.#startsAsked = now;
    return this.#starts.flatMap((at) => this.#placeFrom(at, service, busy) ?? []);
  }

  #startsFor(now: Date): number[] {
    const asked = this.#asked(now);
    return this.#minutes.flatMap((minute, at) => (this.#startFault(minute, asked) === null ? [at] : []));
  }

  /** Why nothing may be booked for this time; `null`: it may, as far as time and hours go. */
  fault(service: Service, place: Omit<Place, 'freeAt'>, now: Date): string | null {
    const at = (place.startsAt.getTime() - (this.#minutes[0]?.instant ?? 0)) / MINUTE_MS;
    const minute = this.#minutes[at];
    if (!minute) return 'not around here';
    const fault = this.#startFault(minute, this.#asked(now));
    if (fault !== null) return fault;
    if (!service.bookable) return 'not bookable';
    if (place.bay > this.#rules.bays || (service.bays && !service.bays.includes(place.bay)))
      return 'not in this bay';
    const end = this.#workEnd(at, service, place.bay);
    if (end === null) return 'closed before it is done';
    return end === place.endsAt.getTime() ? null : `ends at ${place.endsAt.toISOString()}`;
  }

  #startFault({ instant, date, minute, isRepeated }: WallMinute, asked: Asked): string | null {
    if (instant < asked.earliest) return 'too soon';
    if (instant > asked.latest) return 'too far';
    if (date === asked.closedDate) return 'too late for today';
    if (isRepeated) return 'shown for the second time';
    if (!this.#isOpen(date, minute, 0)) return 'closed';
    return this.#sinceOpening(date, minute) % this.#rules.slotMinutes === 0 ? null : 'between starts';
  }

  #asked(now: Date): Asked {
    const { leadMinutes, horizonDays, sameDayUntil, timezone } = this.#rules;
    const today = DateTime.fromJSDate(now, { zone: timezone });
    const isLate = sameDayUntil !== null && today.hour * 60 + today.minute >= sameDayUntil;
    return {
      earliest: now.getTime() + leadMinutes * MINUTE_MS,
      latest: today.plus({ days: horizonDays }).toMillis(),
      closedDate: isLate ? today.toISODate() : null,
    };
  }

  #placeFrom(at: number, service: Service, busy: readonly BusySlot[]): Place | null {
    if (!service.bookable) return null;
    const start = this.#minutes[at]?.instant ?? 0;
    for (let bay = 1; bay <= this.#rules.bays; bay++) {
      if (service.bays && !service.bays.includes(bay)) continue;
      const end = this.#workEnd(at, service, bay);
      if (end === null) continue;
      const free = end + service.after_minutes * MINUTE_MS;
      const meanwhile = busy.filter((other) => other.start.getTime() < free && start < other.end.getTime());
      const taken = new Set(meanwhile.map((other) => other.bay));
      if (taken.has(bay) || taken.size >= this.#rules.bays) continue;
      const freeAt = service.after_minutes > 0 ? new Date(free) : null;
      return { startsAt: new Date(start), endsAt: new Date(end), freeAt, bay };
    }
    return null;
  }

  #workEnd(at: number, { minutes, carries_over }: Service, bay: number): number | null {
    const start = this.#minutes[at]?.instant ?? 0;
    let left = minutes;
    for (let next = at; next < this.#minutes.length; next++) {
      const { instant, date, minute } = this.#minutes[next] ?? { instant: 0, date: '', minute: 0 };
      if (instant - start >= MOST_CARRIED_MS) return null;
      if (this.#isOpen(date, minute, bay)) left -= 1;
      else if (!carries_over || next === at) return null;
      if (left === 0) return instant + MINUTE_MS;
    }
    return null;
  }

  #sinceOpening(date: string, minute: number): number {
    const today = this.#openMinutes(date, 0);
    let passed = 0;
    while (passed < minute && today[minute - passed - 1]) passed += 1;
    const before = this.#openMinutes(dayBefore(date), 0);
    if (passed < minute || !before[DAY_MINUTES - 1] || before.every(Boolean)) return passed;
    while (before[DAY_MINUTES + minute - passed - 1]) passed += 1;
    return passed;
  }

  #isOpen(date: string, minute: number, bay: number): boolean {
    return this.#openMinutes(date, bay)[minute] ?? false;
  }

  #openMinutes(date: string, bay: number): readonly boolean[] {
    const key = `${date} ${bay}`;
    const made = this.#open.get(key);
    if (made) return made;
    const closures = this.#closures.filter(({ from, to }) => from <= date && date <= to);
    const weekday = (new Date(date).getUTCDay() + 6) % 7;
    const within = (hours: OpeningHours | null, minute: number) =>
      (hours?.[weekday] ?? []).some(({ opens, closes }) => opens <= minute && minute < closes);
    const ofShop = closures.filter((closure) => closure.bay === null);
    const ofBay = closures.filter((closure) => closure.bay !== null && closure.bay === bay);
    const open = Array.from({ length: DAY_MINUTES }, (_, minute) => {
      const isShopOpen =
        ofShop.length > 0
          ? ofShop.every(({ hours }) => within(hours, minute))
          : within(this.#rules.hours, minute);
      return isShopOpen && ofBay.every(({ hours }) => within(hours, minute));
    });
    this.#open.set(key, open);
    return open;
  }
}

function dayBefore(date: string): string {
  return new Date(Date.parse(date) - DAY_MINUTES * MINUTE_MS).toISOString().slice(0, 10);
}
