import { toAppointment } from '../appointments/appointment-rows.js';
import { beginningWithin, type DayEntry, entriesWithin, heldWithin } from '../appointments/day-entries.js';
import { OpenTimes, type Slot } from '../appointments/open-times.js';
import type { OpenPeriod } from '../appointments/openings.js';
import type { WallClock } from '../appointments/wall-clock.js';
import type { Database } from '../database/database.js';
import { MAX_ID } from '../database/schema.js';
import { beginningOf, dateOf, dayOf, toShopTime } from '../database/shop-time.js';
import { type CurrentShop, nameOfService } from '../shop/shop.js';
import { closuresIn } from '../shop/shop-rows.js';
import type { DeskExecutor } from './desk-executor.js';

interface DayDeskOptions {
  readonly database: Database;
  readonly current: CurrentShop;
  readonly executor: DeskExecutor;
  readonly clock?: () => Date;
}

const WEEK = 7;
const HOUR_MS = 3_600_000;

/** The book by days, as it hangs at the counter. Rejects within 2 s with `UNAVAILABLE`. */
export class DayDesk {
  readonly #options: DayDeskOptions;
  #times: OpenTimes;

  constructor(options: DayDeskOptions) {
    this.#options = options;
    this.#times = new OpenTimes(options.current.now.rules);
  }

  /**
   * That day (`YYYY-MM-DD`; absent: today), with a strip of seven days: from today on, or from that day on when it is not among those. Every time is
   * ISO 8601 with the shop's offset: in two of them lie the minutes between them, whatever the clock does.
   */
  async day(asked: string | undefined) {
    const { database, executor, current, clock = () => new Date() } = this.#options;
    if (this.#times.rules !== current.now.rules) this.#times = new OpenTimes(current.now.rules);
    const known = this.#times;
    const { timezone } = known.rules;
    const now = clock();
    const today = known.openings.wall.dayAt(now.getTime());
    const day = asked === undefined ? today : dayOf(asked);
    const first = day >= today && day < today + WEEK ? today : day;
    const span = spanOf(day, day + 1, timezone);
    return executor.bounded(async () => {
      const [times, booked, held, coming] = await Promise.all([
        first < today ? this.#timesThen(known, first) : known,
        database.run((sql) => entriesWithin(sql, span)),
        database.run((sql) => heldWithin(sql, span, now)),
        database.run((sql) => beginningWithin(sql, spanOf(first, first + WEEK, timezone))),
      ]);
      const time = (at: Date | number) => toShopTime(new Date(at), timezone);
      return {
        day: dateOf(day),
        today: dateOf(today),
        now: time(now),
        timezone,
        begins_at: time(span.start),
        ends_at: time(span.end),
        hours: hoursOf(times.openings.wall, span).map(time),
        starts: times.startsOn(day).map(time),
        bays: baysOf(times, span, booked).map(({ bay, open }) => ({
          bay,
          open: open.map(({ from, to }) => ({ from: time(from), to: time(to) })),
        })),
        closures: times.rules.closures.filter(({ from, to }) => from <= dateOf(day) && dateOf(day) <= to),
        appointments: booked.map((entry) => this.#viewOf(entry)),
        held: held.map(({ bay, start, end }) => ({ bay, from: time(start), to: time(end) })),
        week: weekOf(times, first, coming),
      };
    });
  }

  /** For a week that has begun: of closures that are over the shop knows the latest only. */
  async #timesThen({ rules }: OpenTimes, first: number): Promise<OpenTimes> {
    const week = { from: dateOf(first - 1), to: dateOf(first + WEEK), limit: MAX_ID };
    const closures = await this.#options.database.run((sql) => closuresIn(sql, week));
    return new OpenTimes({ ...rules, closures });
  }

  #viewOf({ row, customer, vehicle, test }: DayEntry) {
    const { now } = this.#options.current;
    const { timezone } = now.settings;
    return {
      ...toAppointment(row, timezone),
      service_name: nameOfService(now, row.serviceType),
      free_at: row.freeAt && toShopTime(row.freeAt, timezone),
      call_sid: row.callSid,
      test,
      customer,
      vehicle,
    };
  }
}

/** From the beginning of one day to that of another. */
function spanOf(first: number, until: number, timezone: string): Slot {
  return { start: beginningOf(first, timezone), end: beginningOf(until, timezone) };
}

function hoursOf(wall: WallClock, { start, end }: Slot): number[] {
  return wall.evenTimes(start.getTime(), end.getTime()).flatMap(({ from, to, offset }) => {
    const first = Math.ceil((from + offset) / HOUR_MS) * HOUR_MS - offset;
    return Array.from({ length: Math.ceil((to - first) / HOUR_MS) }, (_, n) => first + n * HOUR_MS);
  });
}

/** The shop's bays; what stands in a bay that it had once keeps that one. */
function baysOf({ rules, openings }: OpenTimes, { start, end }: Slot, booked: readonly DayEntry[]) {
  const known = Array.from({ length: rules.bays }, (_, index) => index + 1);
  const all = new Set([...known, ...booked.map(({ row }) => row.bay)]);
  const [begins, ends] = [start.getTime(), end.getTime()];
  return [...all]
    .toSorted((one, other) => one - other)
    .map((bay) => {
      const open: OpenPeriod[] = [];
      for (const time of bay > rules.bays ? [] : openings.timesFrom(begins, ends, bay)) {
        const before = open.at(-1);
        const [from, to] = [Math.max(time.from, begins), Math.min(time.to, ends)];
        if (before?.to === from) open[open.length - 1] = { from: before.from, to };
        else open.push({ from, to });
      }
      return { bay, open };
    });
}

function weekOf({ openings }: OpenTimes, first: number, coming: Awaited<ReturnType<typeof beginningWithin>>) {
  return Array.from({ length: WEEK }, (_, n) => {
    const ofDay = coming.filter(({ startsAt }) => openings.wall.dayAt(startsAt.getTime()) === first + n);
    return {
      day: dateOf(first + n),
      open: openings.minutesOf(first + n) > 0,
      appointments: ofDay.length,
      unconfirmed: ofDay.filter(({ isUnconfirmed }) => isUnconfirmed).length,
    };
  });
}
