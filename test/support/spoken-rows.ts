import fc from 'fast-check';
import { cardinal, ordinal } from '../../src/core/spelled-numbers.js';
import { spokenClock, spokenDate } from '../../src/speech/spoken-time.js';

export const ZONE = 'America/Chicago';
/** A Thursday, nine in the morning in Chicago. */
export const NOW = new Date('2026-11-26T15:00:00Z');
const DAY_MS = 86_400_000;

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = ['January', 'November', 'December'];

/** A time of the shop by its parts: so many days from the Thursday, in winter. */
export interface RowTime {
  readonly ahead: number;
  readonly hour: number;
  readonly minute: number;
}

export const rowTimes: fc.Arbitrary<RowTime> = fc.record({
  ahead: fc.integer({ min: 0, max: 40 }),
  hour: fc.integer({ min: 7, max: 18 }),
  minute: fc.constantFrom(0, 0, 30, 30, 15, 45, 5, 20, 50),
});

export function isoOf({ ahead, hour, minute }: RowTime): string {
  const day = new Date(Date.parse('2026-11-26T00:00:00Z') + ahead * DAY_MS).toISOString().slice(0, 10);
  return `${day}T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00-06:00`;
}

interface DateParts {
  readonly weekday: string;
  readonly month: string;
  readonly day: number;
}

function partsOf({ ahead }: RowTime): DateParts {
  const date = new Date(Date.parse('2026-11-26T12:00:00Z') + ahead * DAY_MS);
  const month = MONTHS.find(
    (name) => name === date.toLocaleString('en-US', { month: 'long', timeZone: 'UTC' }),
  );
  return { weekday: WEEKDAYS[date.getUTCDay()] ?? '', month: month ?? '', day: date.getUTCDate() };
}

const suffix = (day: number) => ordinal(day).slice(-2);

/** Every way to name its day alone that means no other day. */
export function dayForms(time: RowTime): readonly string[] {
  const { weekday, month, day } = partsOf(time);
  const always = [
    `on ${month} ${day}${suffix(day)}`,
    `on ${weekday}, ${month} ${ordinal(day)}`,
    `on ${weekday} the ${ordinal(day)} of ${month}`,
    `on ${weekday}, ${month} ${day}, ${month === 'January' ? 2027 : 2026}`,
    `${weekday} ${day} ${month}`,
    `for ${month} the ${ordinal(day).replace('-', ' ')}`,
    spokenDate(isoOf(time), { zone: ZONE, now: NOW }),
  ];
  const soon =
    time.ahead < 7 ? [`on ${weekday}`, `this ${weekday}`, `for ${weekday} the ${ordinal(day)}`] : [];
  const near = [...(time.ahead === 0 ? ['today'] : []), ...(time.ahead === 1 ? ['tomorrow'] : [])];
  const month27 =
    time.ahead <= 27 ? [`on ${weekday} the ${day}${suffix(day)}`, `on the ${ordinal(day)}`] : [];
  return [...always, ...soon, ...near, ...month27];
}

/** Every way to name its time of day. */
export function clockForms(time: RowTime): readonly string[] {
  const { hour, minute } = time;
  const [twelve, half] = [hour % 12 || 12, hour < 12 ? 'am' : 'pm'];
  const part = hour < 12 ? 'morning' : hour < 17 ? 'afternoon' : 'evening';
  const two = String(minute).padStart(2, '0');
  const written = [
    `at ${twelve}:${two} ${half}`,
    `at ${twelve}:${two}${half}`,
    `at ${twelve}:${two} ${half === 'am' ? 'a.m.' : 'p.m.'}`,
    `at ${twelve}:${two} in the ${part}`,
    spokenClock(isoOf(time), { zone: ZONE }).replace(/^/, 'at '),
  ];
  return [...written, ...plainClocks(twelve, minute, part), ...pastForms(twelve, minute, part)];
}

function plainClocks(twelve: number, minute: number, part: string): readonly string[] {
  if (minute === 0)
    return [`at ${cardinal(twelve)}`, `at ${cardinal(twelve)} o'clock`, `at ${twelve} in the ${part}`];
  return minute < 10
    ? [`at ${cardinal(twelve)} oh ${cardinal(minute)}`]
    : [`at ${cardinal(twelve)} ${cardinal(minute)}`];
}

function pastForms(twelve: number, minute: number, part: string): readonly string[] {
  const [hour, next] = [cardinal(twelve), cardinal((twelve % 12) + 1)];
  const forms: Readonly<Record<number, string>> = {
    5: `at five past ${hour}`,
    15: `at a quarter past ${hour}`,
    20: `at twenty minutes past ${hour}`,
    30: `at half past ${hour}`,
    45: `at quarter to ${next}`,
    50: `at ten to ${next}`,
  };
  const form = forms[minute];
  return form === undefined ? [] : [form, `${form} in the ${part}`];
}
