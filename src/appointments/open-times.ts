import { DateTime } from 'luxon';
import { GatewayError } from '../core/errors.js';
import type { Service } from '../shop/service.js';
import type { BookingRules } from '../shop/shop.js';
import type { BusyBays } from './busy-bays.js';
import { CARRY_DAYS, Openings, remembered } from './openings.js';
import { DAY_MS, MINUTE_MS } from './wall-clock.js';

/** When an appointment begins and when the work ends. */
export interface Slot {
  readonly start: Date;
  readonly end: Date;
}

/** A bay and when it is kept: the columns of a place. */
export interface Place {
  readonly startsAt: Date;
  readonly endsAt: Date;
  /** When the bay is free again; null: when the work ends. */
  readonly freeAt: Date | null;
  readonly bay: number;
}

/**
 * Why a time cannot be booked. `too_soon`: the lead time, or it has passed; `past`: it is before today, which staff cannot override either;
 * `too_late_today`: the cut-off of the same day; `too_far`: the horizon; `between_starts`: open, but none begins then; `closed`: the shop is, or no
 * bay for the service is open for all of the work; `wrong_bay`: the service is not done in the bay asked for; `taken`: every such bay is.
 */
export type NoPlace =
  | 'not_bookable'
  | 'too_soon'
  | 'past'
  | 'too_late_today'
  | 'too_far'
  | 'between_starts'
  | 'closed'
  | 'wrong_bay'
  | 'taken';

/** How a time is asked for. */
export interface Asking {
  readonly now: Date;
  /** Staff: over lead time, cut-off and horizon, and a service that a person has to book. Never over what is closed or taken. */
  readonly override?: boolean | undefined;
  /** In this bay or none. */
  readonly bay?: number | null | undefined;
  /** In this bay, if that can be. */
  readonly preferred?: number | undefined;
}

/** When an appointment may begin, asked at one moment; in Unix milliseconds. */
interface BookingWindow {
  readonly earliest: number;
  readonly latest: number;
  /** The number of the day for which it is too late. */
  readonly closedDay: number | null;
  readonly tooEarly: 'too_soon' | 'past';
}

/**
 * When what may be booked in which bay, by the rules of one moment: the one answer to that, for agents, the API and the front desk. What {@link places}
 * offers, {@link placeAt} grants, and nothing else. Appointments begin every `slotMinutes` from an opening of the shop on; where it was open all
 * the day before too, from midnight on. A time that the clock skips is none, and of one that it shows twice the first is meant.
 */
export class OpenTimes {
  readonly rules: BookingRules;
  readonly openings: Openings;
  readonly #starts = new Map<number, readonly number[]>();

  constructor(rules: BookingRules) {
    this.rules = rules;
    this.openings = new Openings(rules);
  }

  /** The service of that type; throws `BAD_REQUEST` with the known types when the shop has none. */
  serviceOf(type: string): Service {
    const service = this.rules.services.find((each) => each.type === type);
    if (service) return service;
    const types = this.rules.services.map((each) => each.type).join(', ');
    throw new GatewayError('BAD_REQUEST', `service_type must be one of ${types}.`);
  }

  /** The first and the last instant (Unix milliseconds) at which an appointment may begin that is asked for now. */
  window(now: Date): { readonly earliest: number; readonly latest: number } {
    return this.#window({ now });
  }

  /** For how long (milliseconds) a bay may be kept for this service at most. */
  longestStay({ minutes, after_minutes, carries_over }: Service): number {
    return (carries_over ? CARRY_DAYS * DAY_MS : minutes * MINUTE_MS) + after_minutes * MINUTE_MS;
  }

  /** Every place that is free on that day, counted from the first of January 1970, whatever time it is now; soonest first, one for each time. */
  *freeOn(service: Service, day: number, busy: BusyBays): Generator<Place> {
    const bays = this.#baysFor(service);
    for (const start of this.startsOn(day)) {
      const place = this.#placeIn(bays, service, start, busy);
      if (typeof place !== 'string') yield place;
    }
  }

  /** Whether an appointment that is asked for now may begin at an instant (Unix milliseconds), as far as the clock decides. */
  offeredAt(now: Date): (start: number) => boolean {
    const { earliest, latest, closedDay } = this.#window({ now });
    const { wall } = this.openings;
    return (start) =>
      start >= earliest && start <= latest && (closedDay === null || wall.dayAt(start) !== closedDay);
  }

  /** Every place that can be booked and begins at `from` (Unix milliseconds) or later, soonest first; one for each time. */
  *places(service: Service, from: number, busy: BusyBays, now: Date): Generator<Place> {
    if (!service.bookable) return;
    const { wall } = this.openings;
    const { earliest, latest } = this.window(now);
    const isOffered = this.offeredAt(now);
    for (let day = wall.dayAt(Math.max(earliest, from)); day <= wall.dayAt(latest) + 1; day++) {
      for (const place of this.freeOn(service, day, busy)) {
        const start = place.startsAt.getTime();
        if (start >= from && isOffered(start)) yield place;
      }
    }
  }

  /** The place for an appointment that begins exactly then: in the lowest bay that can have it. */
  placeAt(service: Service, startsAt: Date, busy: BusyBays, asking: Asking): Place | NoPlace {
    if (!service.bookable && !asking.override) return 'not_bookable';
    const start = startsAt.getTime();
    const day = this.openings.wall.dayAt(start);
    const { earliest, latest, closedDay, tooEarly } = this.#window(asking);
    if (start < earliest) return tooEarly;
    if (start > latest) return 'too_far';
    if (day === closedDay) return 'too_late_today';
    if (!this.startsOn(day).includes(start)) return this.openings.isOpen(start) ? 'between_starts' : 'closed';
    const bays = this.#baysFor(service, asking);
    return bays.length === 0 ? 'wrong_bay' : this.#placeIn(bays, service, start, busy);
  }

  /** Another place at exactly the same times, as for an appointment that is brought back or changes its bay: where a bay is open when it begins and ends. */
  placeAgain(
    service: Service | null,
    { startsAt, endsAt, freeAt }: Omit<Place, 'bay'>,
    busy: BusyBays,
    asking: Pick<Asking, 'bay' | 'preferred'>,
  ): Place | NoPlace {
    const bays = this.#baysFor(service ?? { bays: null }, asking);
    const [from, to] = [startsAt.getTime(), (freeAt ?? endsAt).getTime()];
    const open = bays.filter((bay) =>
      [from, endsAt.getTime() - 1].every((instant) => this.openings.isOpen(instant, bay)),
    );
    const bay = open.find((each) => busy.hasRoom(each, from, to, this.rules.bays));
    if (bay !== undefined) return { startsAt, endsAt, freeAt, bay };
    return bays.length === 0 ? 'wrong_bay' : open.length === 0 ? 'closed' : 'taken';
  }

  /** The instants at which an appointment may begin on that day, counted from the first of January 1970; Unix milliseconds, soonest first. */
  startsOn(day: number): readonly number[] {
    return remembered(this.#starts, day, () => {
      const { wall } = this.openings;
      // To ask the clock takes microseconds; on all but some days of the year the offset is the same all through.
      const offset = wall.offsetBetween((day - 1) * DAY_MS, (day + 2) * DAY_MS);
      return this.#minutesOn(day).flatMap((minute) => {
        const shown = day * DAY_MS + minute * MINUTE_MS;
        return (offset === null ? wall.firstShowing(shown) : shown - offset) ?? [];
      });
    });
  }

  #placeIn(bays: readonly number[], service: Service, start: number, busy: BusyBays): Place | NoPlace {
    const { minutes, after_minutes: after, carries_over: carriesOver } = service;
    let reason: NoPlace = 'closed';
    for (const bay of bays) {
      const end = this.openings.workEnd(start, minutes, carriesOver, bay);
      if (end === null) continue;
      reason = 'taken';
      const free = end + after * MINUTE_MS;
      if (!busy.hasRoom(bay, start, free, this.rules.bays)) continue;
      return {
        startsAt: new Date(start),
        endsAt: new Date(end),
        freeAt: after > 0 ? new Date(free) : null,
        bay,
      };
    }
    return reason;
  }

  #baysFor({ bays }: Pick<Service, 'bays'>, { bay, preferred }: Omit<Asking, 'now'> = {}): readonly number[] {
    const all = Array.from({ length: this.rules.bays }, (_, index) => index + 1);
    const fit = all.filter((each) => (bays === null || bays.includes(each)) && (bay ?? each) === each);
    return preferred !== undefined && fit.includes(preferred)
      ? [preferred, ...fit.filter((each) => each !== preferred)]
      : fit;
  }

  #window({ now, override = false }: Asking): BookingWindow {
    const { timezone, leadMinutes, horizonDays, sameDayUntil } = this.rules;
    const today = DateTime.fromJSDate(now, { zone: timezone });
    if (override) {
      const earliest = today.startOf('day').toMillis();
      return { earliest, latest: Number.POSITIVE_INFINITY, closedDay: null, tooEarly: 'past' };
    }
    const { wall } = this.openings;
    const isCutOff = sameDayUntil !== null && today.hour * 60 + today.minute >= sameDayUntil;
    return {
      earliest: now.getTime() + leadMinutes * MINUTE_MS,
      latest: today.plus({ days: horizonDays }).toMillis(),
      closedDay: isCutOff ? wall.dayAt(now.getTime()) : null,
      tooEarly: 'too_soon',
    };
  }

  #minutesOn(day: number): readonly number[] {
    const minutes: number[] = [];
    const { slotMinutes } = this.rules;
    for (const { opens, closes } of this.openings.spansOf(day)) {
      const first = opens === 0 ? this.#firstAfterMidnight(day) : opens;
      for (let minute = first; minute < closes; minute += slotMinutes) minutes.push(minute);
    }
    return minutes;
  }

  #firstAfterMidnight(day: number): number {
    const before = this.openings.spansOf(day - 1).at(-1);
    const isOneTime = before !== undefined && before.closes === DAY_MINUTES && before.opens > 0;
    if (!isOneTime) return 0;
    const { slotMinutes } = this.rules;
    return (slotMinutes - ((DAY_MINUTES - before.opens) % slotMinutes)) % slotMinutes;
  }
}

const DAY_MINUTES = 24 * 60;
