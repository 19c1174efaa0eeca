import { GatewayError } from '../core/errors.js';
import { type ClockOffset, clockOffsets, dateOf, dayOf, toShopTime, zoneOf } from '../database/shop-time.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No clock is further from UTC. */
const FURTHEST_MS = 15 * HOUR_MS;
const DEFAULT_DAYS = 30;
/** Three years. */
const MOST_DAYS = 1096;

/**
 * Some whole days of a shop. Hours are numbered by its clock: the hour that the clock shows at the beginning of 1970 is 0, and one that it shows
 * twice has one number.
 */
export interface FigurePeriod {
  /** `YYYY-MM-DD`, each day from the first to the last. */
  readonly days: readonly string[];
  readonly firstHour: number;
  /** The first hour that is not in it. */
  readonly endHour: number;
  /** Nothing of it is before this instant, nor at or after `until`. */
  readonly since: Date;
  readonly until: Date;
  /** All between the two is of it. Else the clock is changed near one of them, and the hour of each call has to be looked at. */
  readonly isExact: boolean;
  readonly offsets: readonly ClockOffset[];
}

/**
 * The days from `from` to `to`, both included, as `YYYY-MM-DD`; the last 30 when neither is given, with one of them the 30 that begin or
 * end there, none of them after today. Throws `BAD_REQUEST` when there is no such day, they are in the wrong order or more than {@link MOST_DAYS}.
 */
export function figurePeriod(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  timezone: string,
  now: Date,
): FigurePeriod {
  const today = dayOf(toShopTime(now, timezone).slice(0, 10));
  const first = from === undefined ? null : numberOf('from', from);
  const last = to === undefined ? lastFrom(first, today) : numberOf('to', to);
  return periodOf(first ?? last - DEFAULT_DAYS + 1, last, timezone);
}

function lastFrom(first: number | null, today: number): number {
  return first === null ? today : Math.max(first, Math.min(first + DEFAULT_DAYS - 1, today));
}

function periodOf(first: number, last: number, timezone: string): FigurePeriod {
  const count = last - first + 1;
  if (count < 1) throw badRequest('from must not be after to.');
  if (count > MOST_DAYS) throw badRequest(`from and to are too far apart: at most ${MOST_DAYS} days.`);
  const [begins, ends] = [first * DAY_MS, (last + 1) * DAY_MS];
  const offsets = clockOffsets(begins - FURTHEST_MS, ends + FURTHEST_MS, zoneOf(timezone));
  const [aheadFirst, aheadLast] = [aheadNear(offsets, begins), aheadNear(offsets, ends)];
  return {
    days: Array.from({ length: count }, (_, n) => dateOf(first + n)),
    firstHour: begins / HOUR_MS,
    endHour: ends / HOUR_MS,
    since: new Date(begins - Math.max(...aheadFirst)),
    until: new Date(ends - Math.min(...aheadLast)),
    isExact: aheadFirst.length === 1 && aheadLast.length === 1,
    offsets,
  };
}

/** By how much the clock may be ahead of UTC (ms) when it shows this. */
function aheadNear(offsets: readonly ClockOffset[], shown: number): number[] {
  const near = offsets.filter(({ since }, n) => {
    const ends = offsets[n + 1]?.since ?? Number.POSITIVE_INFINITY;
    return since <= shown + FURTHEST_MS && ends >= shown - FURTHEST_MS;
  });
  return near.map(({ offsetMs }) => offsetMs);
}

function numberOf(field: string, day: string): number {
  const number = /^(19|20|21)\d\d-\d\d-\d\d$/.test(day) ? dayOf(day) : Number.NaN;
  if (Number.isInteger(number) && dateOf(number) === day) return number;
  throw badRequest(`${field} must be a day of the years 1900 to 2199, like 2026-11-24.`);
}

function badRequest(message: string): GatewayError {
  return new GatewayError('BAD_REQUEST', message);
}
