import { DateTime, type Zone } from 'luxon';
import { GatewayError } from '../core/errors.js';

/** An instant as the outside sees it: ISO 8601 to the second with the shop's offset, `2026-11-24T09:30:00-06:00`. */
export function toShopTime(instant: Date, timezone: string): string {
  const text = DateTime.fromJSDate(instant, { zone: timezone }).toISO({ suppressMilliseconds: true });
  if (text === null) throw new RangeError(`no such time or time zone: ${timezone}`);
  return text;
}

// Luxon would also take weeks, hours alone, 24:00 and years that a database cannot hold.
const FORM =
  /^(?:19|20|21)\d\d-\d\d-\d\d(?:T([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:[.,]\d{1,9})?)?(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?)?$/;

/**
 * Reads an ISO 8601 date or time of the years 1900 to 2199. One without an offset is meant in the shop's time zone, a date alone is the
 * beginning of its day there, and of a time that the clock shows twice the first is meant. Returns `null` when it is neither, when there is no such day, or when the shop's clock skips that time.
 */
export function fromShopTime(text: string, timezone: string): Date | null {
  const found = FORM.exec(text);
  if (!found) return null;
  const [, hour, minute, offset] = found;
  // Of a day from its noon: luxon guesses by what the clock says today, and its midnight may be skipped.
  const time = DateTime.fromISO(hour === undefined ? `${text}T12:00` : text, { zone: timezone });
  if (!time.isValid) return null;
  if (hour === undefined) return time.startOf('day').toJSDate();
  if (offset !== undefined) return time.toJSDate();
  if (time.hour !== Number(hour) || time.minute !== Number(minute)) return null;
  return time.getPossibleOffsets()[0]?.toJSDate() ?? null;
}

/** When a day begins in a time zone; counted from the first of January 1970. */
export function beginningOf(day: number, timezone: string): Date {
  // Of a day from its noon, as above.
  return DateTime.fromISO(`${dateOf(day)}T12:00`, { zone: timezone })
    .startOf('day')
    .toJSDate();
}

/** The fields that are given, each read by {@link fromShopTime}. Throws `BAD_REQUEST` with the name of every one that is no time. */
export function shopInstants<Field extends string>(
  fields: Readonly<Partial<Record<Field, string | undefined>>>,
  timezone: string,
): Partial<Record<Field, Date>> {
  const instants: Partial<Record<Field, Date>> = {};
  const faults: string[] = [];
  for (const field in fields) {
    const text = fields[field];
    if (text === undefined) continue;
    const instant = fromShopTime(text, timezone);
    if (instant) instants[field] = instant;
    else faults.push(field);
  }
  if (faults.length === 0) return instants;
  throw new GatewayError(
    'BAD_REQUEST',
    `${faults.join(' and ')} must be a time of the years 1900 to 2199 in ISO 8601, like 2026-11-24 or 2026-11-24T09:30:00-06:00 (in an address, + is written as %2B).`,
  );
}

/** From `since` on (Unix milliseconds) the clock is ahead of UTC by `offsetMs`, until the next one begins. */
export interface ClockOffset {
  readonly since: number;
  readonly offsetMs: number;
}

const DAY_MS = 86_400_000;

/** The number of a day written `YYYY-MM-DD`, counted from the first of January 1970; NaN when it is none. */
export function dayOf(text: string): number {
  return Math.floor(Date.parse(text) / DAY_MS);
}

/** The day of that number, `YYYY-MM-DD`. */
export function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** `timezone`: its IANA name. */
export function zoneOf(timezone: string): Zone {
  return DateTime.fromMillis(0, { zone: timezone }).zone;
}

/** How the clock goes in a zone from one instant to another (Unix milliseconds), soonest first; the first one begins at `from`. */
export function clockOffsets(from: number, to: number, zone: Zone): readonly ClockOffset[] {
  const offsetAt = (instant: number) => Math.round(zone.offset(instant) * 60_000);
  const found = [{ since: from, offsetMs: offsetAt(from) }];
  // No clock is changed twice in a day.
  for (let day = from; day < to; day += DAY_MS) {
    let [before, after] = [day, Math.min(day + DAY_MS, to)];
    const offsetMs = offsetAt(after);
    if (offsetMs === found.at(-1)?.offsetMs) continue;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(middle) === offsetMs) after = middle;
      else before = middle;
    }
    found.push({ since: after, offsetMs });
  }
  return found;
}
