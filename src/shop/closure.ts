import { z } from 'zod';
import { GatewayError } from '../core/errors.js';
import { parseOpeningHours } from '../core/opening-hours.js';
import type { OpenSpan } from '../core/opening-span.js';

const day = z.string().regex(/^\d{4}-\d\d-\d\d$/);

/** Days on which the shop, or one bay, is closed or has other hours; as it is stored, and as the API gives it. */
export const StoredClosure = z.object({
  id: z.int(),
  /** In the shop's zone. */
  from: day,
  /** The last day, included. */
  to: day,
  /** Counted from 1; null: the whole shop. */
  bay: z.int().nullable(),
  /** The hours of each of those days in place of the usual ones, such as `10:00-14:00`; null: closed. */
  hours: z.string().nullable(),
  reason: z.string().nullable(),
});
export type Closure = Readonly<z.infer<typeof StoredClosure>>;

/** What a closure does to the hours of a shop. Why it is, only staff are told. */
export type ClosureHours = Omit<Closure, 'id' | 'reason'>;

/** A closure that is to be. */
export type NewClosure = Omit<Closure, 'id'>;

/**
 * The open times of one day, earliest first, written as in opening hours without a day: `10:00-14:00`, `9-12, 13-17`. Throws `BAD_CONFIG` for
 * what cannot be read, names other days, or passes midnight.
 */
export function hoursOfDay(text: string): readonly OpenSpan[] {
  const [day = [], ...others] = parseOpeningHours(`Mon ${text}`);
  if (others.every((spans) => spans.length === 0)) return day;
  throw new GatewayError(
    'BAD_CONFIG',
    `The hours "${text}" name days or pass midnight. Write times of one day like "10:00-14:00".`,
  );
}
