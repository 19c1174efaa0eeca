import { Info } from 'luxon';
import { one, phraseAt, type Read, type Reader, textAt } from './mention.js';
import type { Word } from './number-words.js';

const WEEKDAYS = Info.weekdays('long', { locale: 'en-US' }).map((name) => name.toLowerCase());
const MONTHS = Info.months('long', { locale: 'en-US' }).map((name) => name.toLowerCase());
function isoDate(words: readonly Word[], at: number): Read | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(textAt(words, at)) ?? [];
  return day === undefined ? null : date(Number(day), Number(month), Number(year), 1);
}

function slashedDate(words: readonly Word[], at: number): Read | null {
  const [, month, day, year] = /^(\d{1,2})\/(\d{1,2})(?:\/(\d{4}))?$/.exec(textAt(words, at)) ?? [];
  return day === undefined ? null : date(Number(day), Number(month), year ? Number(year) : null, 1);
}

/** `november 30th`, `november the thirtieth, 2026`; a month alone. */
function monthFirst(words: readonly Word[], at: number): Read | null {
  const month = monthAt(words, at);
  if (month === null) return null;
  const the = textAt(words, at + 1) === 'the' ? 1 : 0;
  const day = dayAt(words, at + 1 + the);
  if (day === null) return isVerb(words, at) ? null : date(null, month, null, 1);
  const comma = textAt(words, at + 2 + the) === ',' ? 1 : 0;
  const year = yearAt(words, at + 2 + the + comma);
  return date(day, month, year, 2 + the + (year === null ? 0 : comma + 1));
}

/** `the 30th`, `30 november`, `the thirtieth of november`. */
function dayFirst(words: readonly Word[], at: number): Read | null {
  const day = dayAt(words, at);
  if (day === null) return null;
  const of = textAt(words, at + 1) === 'of' ? 1 : 0;
  const month = monthAt(words, at + 1 + of);
  if (month !== null) {
    const year = yearAt(words, at + 2 + of);
    return date(day, month, year, 2 + of + (year === null ? 0 : 1));
  }
  const before = textAt(words, at - 1);
  const isDay = words[at]?.isOrdinal && (/^(the|on|,)$/.test(before) || WEEKDAYS.includes(before));
  return isDay ? date(day, null, null, 1) : null;
}

function namedDay(words: readonly Word[], at: number): Read | null {
  const text = textAt(words, at);
  const weekday = WEEKDAYS.indexOf(text.replace(/('s|s)$/, ''));
  if (weekday >= 0)
    return one({ kind: 'weekday', weekday: weekday + 1, isNext: textAt(words, at - 1) === 'next' }, 1);
  if (text === 'tonight')
    return {
      mentions: [
        { kind: 'ahead', days: 0 },
        { kind: 'part', part: 'night' },
      ],
      words: 1,
    };
  if (/^today('s)?$/.test(text)) return one({ kind: 'ahead', days: 0 }, 1);
  if (/^tomorrow('s)?$/.test(text)) return one({ kind: 'ahead', days: 1 }, 1);
  if (phraseAt(words, at, 'day after tomorrow')) return one({ kind: 'ahead', days: 2 }, 3);
  if (phraseAt(words, at, 'this week')) return one({ kind: 'week', weeks: 0 }, 2);
  return phraseAt(words, at, 'next week') ? one({ kind: 'week', weeks: 1 }, 2) : null;
}

/** 1 to 12. */
function monthAt(words: readonly Word[], at: number): number | null {
  const text = textAt(words, at);
  const index = MONTHS.findIndex((name) => name === text || (text.length === 3 && name.startsWith(text)));
  return index < 0 ? null : index + 1;
}

/** "May" and "march" may be no months. */
function isVerb(words: readonly Word[], at: number): boolean {
  return /^(may|mar|march)$/.test(textAt(words, at)) && textAt(words, at - 1) !== 'in';
}

function dayAt(words: readonly Word[], at: number): number | null {
  const value = words[at]?.value ?? null;
  return value !== null && value >= 1 && value <= 31 ? value : null;
}

function yearAt(words: readonly Word[], at: number): number | null {
  return /^20\d\d$/.test(textAt(words, at)) ? (words[at]?.value ?? null) : null;
}

function date(day: number | null, month: number | null, year: number | null, words: number): Read {
  return one({ kind: 'date', day, month, year }, words);
}

/** Every way to name a day, in the order in which they are tried. */
export const DAY_READERS: readonly Reader[] = [isoDate, slashedDate, monthFirst, dayFirst, namedDay];
