import { DateTime } from 'luxon';

/** An instant as the outside sees it: ISO 8601 to the second with the shop's offset, `2026-11-24T09:30:00-06:00`. */
export function toShopTime(instant: Date, timezone: string): string {
  const text = DateTime.fromJSDate(instant, { zone: timezone }).toISO({ suppressMilliseconds: true });
  if (text === null) throw new RangeError(`no such time or time zone: ${timezone}`);
  return text;
}

// Luxon would also take a time of day alone and mean today.
const DATE_FIRST = /^\d{4}-\d{2}-\d{2}(T|$)/;

/**
 * Reads an ISO 8601 date or time. One without an offset is meant in the shop's time zone, a date alone is its midnight.
 * Returns `null` when it is neither.
 */
export function fromShopTime(text: string, timezone: string): Date | null {
  if (!DATE_FIRST.test(text)) return null;
  const instant = DateTime.fromISO(text, { zone: timezone });
  return instant.isValid ? instant.toJSDate() : null;
}
