import { GatewayError } from './errors.js';
import { ALL_DAY, type OpenSpan, readSpan } from './opening-span.js';

/**
 * The spans of each weekday, earliest first, none overlapping or touching another; index 0 is Monday, as in ISO 8601. An empty list: closed.
 * What passes midnight is a span until 1440 and one from 0 on the next day: together they are one time in which the shop is open.
 */
export type OpeningHours = readonly (readonly OpenSpan[])[];

export const DAY_NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const DAY_MINUTES = 24 * 60;
const FORM = 'Write days and times like "Mon-Fri 08:00-17:00, Sat 09:00-12:00, Sun closed".';
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

/** What people write for a day, by the weekday it means. `T` and `S` alone are two days each, and none. */
const DAY_WORDS: readonly RegExp[] = [
  /^(m|mo|mon|mondays?)$/,
  /^(tu|tue|tues|tuesdays?)$/,
  /^(w|we|wed|weds|wednesdays?)$/,
  /^(th|thu|thur|thurs|thursdays?)$/,
  /^(f|fr|fri|fridays?)$/,
  /^(sa|sat|saturdays?)$/,
  /^(su|sun|sundays?)$/,
];
const SEVERAL_DAYS: ReadonlyMap<string, readonly number[]> = new Map([
  ['daily', EVERY_DAY],
  ['everyday', EVERY_DAY],
  ['weekdays', EVERY_DAY.slice(0, 5)],
  ['weekday', EVERY_DAY.slice(0, 5)],
  ['weekends', EVERY_DAY.slice(5)],
  ['weekend', EVERY_DAY.slice(5)],
]);

/** One part of the text, between commas. */
interface Part {
  readonly text: string;
  readonly days: readonly number[];
  readonly spans: readonly OpenSpan[];
  readonly isClosed: boolean;
}

/**
 * Reads opening hours such as `Mon-Fri 08:00-17:00, Sat 09:00-12:00`, and what else people write: `Mon-Fri 8-5`, `8am–5pm`, `Mon, Wed, Fri 9-12 13-17`,
 * `Fri 18:00-02:00` (until the next day), `24/7`, `daily 8-6; Sun closed`. A day range may pass Sunday (`Sat-Mon`), spans may overlap or touch,
 * times without a day are those of the days before them, else of every day, and a day that is said to be closed is, whatever else is said of it.
 * Throws `BAD_CONFIG` naming the faulty part, also when the shop would never be open.
 */
export function parseOpeningHours(text: string): OpeningHours {
  const week: OpenSpan[][] = EVERY_DAY.map(() => []);
  const closed = new Set<number>();
  let waiting: number[] = [];
  let latest: readonly number[] = EVERY_DAY;
  let untimed = '';
  for (const part of partsOf(text)) {
    const days = [...waiting, ...part.days];
    if (days.length > 0) latest = days;
    waiting = part.isClosed || part.spans.length > 0 ? [] : days;
    untimed = part.text;
    if (part.isClosed) for (const day of latest) closed.add(day);
    for (const day of latest) week[day]?.push(...part.spans);
  }
  if (waiting.length > 0) throw fault(untimed, 'name no time');
  const hours = atMidnight(week.map((spans, day) => (closed.has(day) ? [] : spans)));
  if (hours.every((spans) => spans.length === 0)) throw fault(text.trim(), 'never open the shop');
  return hours.map(joined);
}

function partsOf(text: string): Part[] {
  const separate = text.trim().replace(/24\s*\/\s*7/g, ALL_DAY);
  const parts = separate.split(/\s*(?:[,;&+/\n]|\band\b)\s*/i);
  if (parts.includes('')) throw fault(text, 'cannot be read: nothing stands beside a comma');
  return parts.map(readPart);
}

/** Days and then times or `closed`, or the other way round, or one of them. */
const ORDER = /^(d*(s+|c)|(s+|c)d+|d+)$/;

function readPart(text: string): Part {
  const days: number[] = [];
  const spans: OpenSpan[] = [];
  let order = '';
  for (const word of plain(text).split(' ').filter(Boolean)) {
    const span = readSpan(word);
    if (span && 'fault' in span) throw fault(text, span.fault);
    if (span) spans.push(span);
    else if (word !== 'closed') days.push(...daysOf(word, text));
    order += span ? 's' : word === 'closed' ? 'c' : 'd';
  }
  if (!ORDER.test(order)) throw fault(text, 'cannot be read');
  return { text, days, spans, isClosed: order.includes('c') };
}

/** One after the other: every dash becomes a hyphen without spaces around it, and each day, span and `closed` one word in lower case. */
const PLAINER: readonly (readonly [RegExp, string])[] = [
  [/[\u2010-\u2015\u2212]|\b(?:to|until|till|through|thru)\b/g, '-'],
  [/(?<![a-z])([ap])\.?\s?m(?![a-z])\.?/g, '$1m'],
  [/(?<=\d)([ap])(?=-|\s|$)/g, '$1m'],
  [/\b12 ?(noon|midnight)\b/g, '$1'],
  [/\b(?:every ?day|all week|7 days(?: a week)?)\b/g, 'daily'],
  [/(?<![-:.\d]\s*)\b(?:24 ?(?:h|hrs?|hours)|(?:a?round) the clock|all day)\b(?!\s*-)/g, ALL_DAY],
  [/(?<=\d)\s?(?:h|hrs?|uhr)\b/g, ''],
  [/(?<=[a-z])[.:](?=[\s\d-]|$)/g, ' '],
  [/(?<=\d)\s+(?=[ap]m\b)/g, ''],
  [/\boff\b/g, 'closed'],
  [/-\s*closed\b/g, ' closed'],
  [/\b(?:from|on|open)\b/g, ' '],
  [/\s*-\s*/g, '-'],
  [/\s+/g, ' '],
];

function plain(text: string): string {
  return PLAINER.reduce(
    (so, [written, meant]) => so.replace(written, meant),
    text.normalize('NFKC').toLowerCase(),
  );
}

function daysOf(word: string, part: string): readonly number[] {
  const several = SEVERAL_DAYS.get(word);
  if (several) return several;
  const [first, last = first, ...more] = word
    .split('-')
    .map((name) => DAY_WORDS.findIndex((form) => form.test(name)));
  if (first === undefined || last === undefined || more.length > 0 || /\d/.test(word))
    throw fault(part, 'cannot be read');
  if (first < 0 || last < 0) throw fault(part, 'name an unknown day');
  const count = ((last - first + 7) % 7) + 1;
  return Array.from({ length: count }, (_, i) => (first + i) % 7);
}

/** What passes midnight becomes a span of the next day as well. */
function atMidnight(week: readonly (readonly OpenSpan[])[]): OpenSpan[][] {
  const hours: OpenSpan[][] = EVERY_DAY.map(() => []);
  for (const [day, spans] of week.entries()) {
    for (const { opens, closes } of spans) {
      hours[day]?.push({ opens, closes: Math.min(closes, DAY_MINUTES) });
      if (closes > DAY_MINUTES) hours[(day + 1) % 7]?.push({ opens: 0, closes: closes - DAY_MINUTES });
    }
  }
  return hours;
}

function joined(spans: readonly OpenSpan[]): OpenSpan[] {
  const result: OpenSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.opens - b.opens)) {
    const before = result.at(-1);
    if (!before || before.closes < span.opens) result.push(span);
    else result[result.length - 1] = { opens: before.opens, closes: Math.max(before.closes, span.closes) };
  }
  return result;
}

function fault(part: string, what: string): GatewayError {
  return new GatewayError('BAD_CONFIG', `The opening hours "${part}" ${what}. ${FORM}`);
}
