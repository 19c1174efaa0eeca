import { DateTime, Info } from 'luxon';
import { cardinal, ordinal } from '../core/spelled-numbers.js';

export const PARTS_OF_DAY = ['morning', 'afternoon', 'evening'] as const;
export type PartOfDay = (typeof PARTS_OF_DAY)[number];

/**
 * Which days somebody means. `days`: so many from `from` (`2026-11-30`) on; `past`: a day that is over; `no_such_day`: the calendar has none;
 * `unclear`: anything else. `part`: the part of the day that was named with it, or null.
 */
export type HeardDay =
  | { readonly kind: 'days'; readonly from: string; readonly days: number; readonly part: PartOfDay | null }
  | { readonly kind: 'soonest'; readonly part: PartOfDay | null }
  | { readonly kind: 'past' | 'no_such_day' | 'unclear' };

interface HeardDayContext {
  /** The shop's time zone, such as `America/Chicago`. */
  readonly zone: string;
  readonly now: Date;
}

/** Days in a row; `days` is 1 for one day. A date that the calendar does not have is not valid. */
interface Days {
  readonly from: DateTime;
  readonly days: number;
}

type Reading = (text: string, today: DateTime) => Days | 'soonest' | null;

const WEEKDAYS = Info.weekdays('long', { locale: 'en-US' }).map((name) => name.toLowerCase());
const MONTHS = Info.months('long', { locale: 'en-US' }).map((name) => name.toLowerCase());
const ORDINALS = Array.from({ length: 31 }, (_, day) => ordinal(day + 1).replace('-', ' '));
const COUNTS = ['a', ...Array.from({ length: 10 }, (_, count) => cardinal(count + 1))];
/** A date without a year that is over for longer than this is meant in the year to come. */
const HALF_A_YEAR = 182;

const SOONEST =
  /^(|any ?time|any( day)?|soonest|earliest|asap|now|as soon as possible|(the )?(next|first|earliest|soonest) (available|open|possible)( (time|day|slot))?|whenever( possible)?)$/;

/**
 * Reads a day as callers say it and models write it: `2026-11-30`, `tomorrow`, `Monday`, `next week`, `the 30th`, `November thirtieth`,
 * `11/30`, `in two weeks`, `tomorrow morning`. A weekday alone is the next one, today included; `next Monday` is that of the week after this
 * one. Never throws, whatever the text.
 */
export function heardDay(said: string, { zone, now }: HeardDayContext): HeardDay {
  const today = DateTime.fromJSDate(now, { zone }).startOf('day');
  const { text, part } = plain(said);
  for (const read of READINGS) {
    const found = read(text, today);
    if (found === 'soonest') return { kind: 'soonest', part };
    if (found) return checked(found, today, part);
  }
  return { kind: 'unclear' };
}

/** In which part of the shop's day a time (ISO 8601) is. */
export function partOfDayOf(iso: string, zone: string): PartOfDay {
  const { hour } = DateTime.fromISO(iso, { zone });
  if (hour < 12) return 'morning';
  return hour < 17 ? 'afternoon' : 'evening';
}

function checked({ from, days }: Days, today: DateTime, part: PartOfDay | null): HeardDay {
  if (!from.isValid) return { kind: 'no_such_day' };
  if (from.plus({ days: days - 1 }) < today) return { kind: 'past' };
  const first = from < today ? today : from;
  const left = days - Math.round(first.diff(from, 'days').days);
  return { kind: 'days', from: first.toFormat('yyyy-MM-dd'), days: left, part };
}

const MOST_LETTERS = 80;

/** In lower case, one space between words, without what changes no day. */
function plain(said: string): { text: string; part: PartOfDay | null } {
  const words = said
    .slice(0, MOST_LETTERS)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[,.!?'"]+/g, ' ')
    .replace(/(?<=[a-z])-(?=[a-z])/g, ' ')
    .replace(/\b(\d{1,2})(?:st|nd|rd|th)\b/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  const tonight = words.replace(/\btonight\b/, 'today evening');
  const named = /(?:^| )(?:in the |at )?(morning|afternoon|evening)$/.exec(tonight);
  const part = PARTS_OF_DAY.find((each) => each === named?.[1]) ?? null;
  const text = (named ? tonight.slice(0, named.index) : tonight)
    .replace(/^(?:on|for|this coming|coming) /, '')
    .trim();
  return { text: text === 'this' ? 'today' : text, part };
}

function isoDate(text: string, today: DateTime): Days | null {
  const date = /^(\d{4}-\d\d-\d\d)(?:[t ]\d\d:\d\d.*)?$/.exec(text)?.[1];
  return date === undefined ? null : one(DateTime.fromISO(date, { zone: today.zone }));
}

function nearDay(text: string, today: DateTime): Days | null {
  if (text === 'today') return one(today);
  if (text === 'tomorrow') return one(today.plus({ days: 1 }));
  if (/^(the )?day after tomorrow$/.test(text)) return one(today.plus({ days: 2 }));
  if (text === 'yesterday') return one(today.minus({ days: 1 }));
  const found = /^(?:in )?(\d{1,2}|[a-z]+) (day|week)s?(?: from (?:now|today))?$/.exec(text);
  const count = found ? countOf(found[1] ?? '') : null;
  if (count === null) return null;
  return one(today.plus({ days: found?.[2] === 'week' ? count * 7 : count }));
}

function week(text: string, today: DateTime): Days | null {
  const monday = today.startOf('week');
  if (/^(any day |some ?time )?this week$/.test(text)) return { from: monday, days: 7 };
  if (/^(any day |some ?time |early )?next week$/.test(text))
    return { from: monday.plus({ weeks: 1 }), days: 7 };
  if (/^(the )?week after next$/.test(text)) return { from: monday.plus({ weeks: 2 }), days: 7 };
  if (/^(this |the )?weekend$/.test(text)) return { from: monday.plus({ days: 5 }), days: 2 };
  if (text === 'next weekend') return { from: monday.plus({ days: 12 }), days: 2 };
  if (text === 'next month') {
    const first = today.startOf('month').plus({ months: 1 });
    return { from: first, days: first.daysInMonth ?? 31 };
  }
  return null;
}

function weekday(text: string, today: DateTime): Days | null {
  const found = /^(?:(this|next) )?([a-z]{3,9})s?(?: (next week))?$/.exec(text);
  const day = found ? weekdayOf(found[2] ?? '') : null;
  if (!found || day === null) return null;
  if (found[1] === 'next' || found[3]) return one(today.startOf('week').plus({ weeks: 1, days: day }));
  return one(today.plus({ days: (day - (today.weekday - 1) + 7) % 7 }));
}

function calendarDate(text: string, today: DateTime): Days | null {
  const named = /^([a-z]{3,9}) (.+)$/.exec(text);
  const day = named ? weekdayOf(named[1] ?? '') : null;
  const date = dateIn(day === null ? text : (named?.[2] ?? ''), today);
  if (date === null) return null;
  // "Monday the 31st" when the 31st is a Tuesday: nobody knows which is meant.
  return day === null || !date.isValid || date.weekday - 1 === day ? one(date) : null;
}

function dateIn(text: string, today: DateTime): DateTime | null {
  const slashed = /^(\d{1,2})\/(\d{1,2})(?:\/(\d{4}))?$/.exec(text);
  if (slashed) return dated(today, Number(slashed[1]), Number(slashed[2]), slashed[3]);
  const monthFirst = /^([a-z]{3,9}) (?:the )?(.+?)(?: (\d{4}))?$/.exec(text);
  const dayFirst = /^(?:the )?(.+?) (?:of )?([a-z]{3,9})(?: (\d{4}))?$/.exec(text);
  for (const [month, day, year] of [
    [monthFirst?.[1], monthFirst?.[2], monthFirst?.[3]],
    [dayFirst?.[2], dayFirst?.[1], dayFirst?.[3]],
  ]) {
    const [numberOfMonth, numberOfDay] = [monthOf(month ?? ''), dayOfMonth(day ?? '')];
    if (numberOfMonth !== null && numberOfDay !== null) return dated(today, numberOfMonth, numberOfDay, year);
  }
  const alone = /^(?:the )?(.+)$/.exec(text)?.[1] ?? '';
  const day = dayOfMonth(alone);
  return day === null ? null : nextDayOfMonth(today, day);
}

function dated(today: DateTime, month: number, day: number, year?: string): DateTime {
  const date = DateTime.fromObject({ year: Number(year ?? today.year), month, day }, { zone: today.zone });
  if (year !== undefined || !date.isValid || today.diff(date, 'days').days <= HALF_A_YEAR) return date;
  return DateTime.fromObject({ year: today.year + 1, month, day }, { zone: today.zone });
}

/** This month's, or that of the next month that has one. */
function nextDayOfMonth(today: DateTime, day: number): DateTime {
  const thisOne = today.set({ day: Math.min(day, today.daysInMonth ?? 28) });
  if (thisOne.day === day && thisOne >= today) return thisOne;
  const first = today.startOf('month').plus({ months: 1 });
  const isThere = day <= (first.daysInMonth ?? 28);
  return (isThere ? first : first.plus({ months: 1 })).set({ day });
}

function dayOfMonth(text: string): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text) >= 1 && Number(text) <= 31 ? Number(text) : null;
  const at = ORDINALS.indexOf(text);
  return at < 0 ? null : at + 1;
}

function countOf(text: string): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const at = COUNTS.indexOf(text);
  return at < 0 ? null : Math.max(1, at);
}

/** Monday is 0. */
function weekdayOf(text: string): number | null {
  const short = text.replace(/s$/, '');
  const at = WEEKDAYS.findIndex((name) => name === short || (short.length >= 3 && name.startsWith(short)));
  return at < 0 ? null : at;
}

function monthOf(text: string): number | null {
  const at = MONTHS.findIndex((name) => text.length >= 3 && name.startsWith(text));
  return at < 0 ? null : at + 1;
}

function one(from: DateTime): Days {
  return { from, days: 1 };
}

const READINGS: readonly Reading[] = [
  (text) => (SOONEST.test(text) ? 'soonest' : null),
  isoDate,
  nearDay,
  week,
  weekday,
  calendarDate,
];
