import { DateTime, Info } from 'luxon';
import { cardinal, ordinal } from '../core/spelled-numbers.js';

const WEEKDAYS = Info.weekdays('long', { locale: 'en-US' });
const MONTHS = Info.months('long', { locale: 'en-US' });

/** Where and when a time is spoken. */
export interface SpokenTimeContext {
  /** The shop's time zone, such as `America/Chicago`. */
  readonly zone: string;
  readonly now: Date;
}

/**
 * A time in ISO 8601 as people say it in the shop's zone, in words only: `tomorrow, Tuesday the twenty-fourth, at nine
 * thirty in the morning`. Always the weekday and the day of the month, the month when it is not the current one, never the
 * year. Seconds are not said. Throws a `RangeError` for what is no time or zone.
 */
export function spokenTime(iso: string, { zone, now }: SpokenTimeContext): string {
  const time = inZone(iso, zone);
  return `${dateWords(time, now)}, at ${clockWords(time)}`;
}

/** The day alone: `today, Monday the twenty-third`, or `Tuesday, December first` in another month. */
export function spokenDate(iso: string, { zone, now }: SpokenTimeContext): string {
  return dateWords(inZone(iso, zone), now);
}

/** The time of day alone: `nine thirty in the morning`, `twelve noon`, `four o'clock in the afternoon`. */
export function spokenClock(iso: string, { zone }: Pick<SpokenTimeContext, 'zone'>): string {
  return clockWords(inZone(iso, zone));
}

/** The time of day without its part: `nine thirty`, `twelve noon`. */
function spokenHour(iso: string, { zone }: Pick<SpokenTimeContext, 'zone'>): string {
  return hourWords(inZone(iso, zone));
}

/** `in the morning`, `at night`; empty for noon and midnight, which say it themselves, and for a time that the clock shows twice. */
function spokenPartOfDay(iso: string, { zone }: Pick<SpokenTimeContext, 'zone'>): string {
  const time = inZone(iso, zone);
  return isNamed(time) || whichOfTwo(time) !== '' ? '' : partOfDay(time.hour);
}

/**
 * A moment ahead as it follows "until", such as when the shop opens: `one o'clock in the afternoon` (today), `tomorrow at eight o'clock`,
 * `Monday at eight o'clock` within a week, `Monday, December seventh, at eight o'clock`. Of a time without its part, morning is understood.
 */
export function spokenUntil(iso: string, { zone, now }: SpokenTimeContext): string {
  const time = inZone(iso, zone);
  const days = time.startOf('day').diff(DateTime.fromJSDate(now, { zone }).startOf('day'), 'days').days;
  const isMorning = time.hour >= MORNING_FROM && time.hour < 12 && whichOfTwo(time) === '';
  const clock = isMorning ? hourWords(time) : clockWords(time);
  if (days === 0) return clock;
  if (days === 1) return `tomorrow at ${clock}`;
  return days > 1 && days < 7
    ? `${WEEKDAYS[time.weekday - 1]} at ${clock}`
    : `${dateWords(time, now)}, at ${clock}`;
}

const MORNING_FROM = 5;

const SAID = {
  whole: spokenTime,
  day: spokenDate,
  clock: spokenClock,
  hour: spokenHour,
  part_of_day: spokenPartOfDay,
  until: spokenUntil,
} as const;

/** Says times as they are spoken in this zone at the moment of asking: whole, or one part. */
export function timesIn(
  zone: string,
  clock = () => new Date(),
): (iso: string, part?: Exclude<keyof typeof SAID, 'whole'>) => string {
  return (iso, part) => SAID[part ?? 'whole'](iso, { zone, now: clock() });
}

function dateWords(time: DateTime<true>, now: Date): string {
  const today = DateTime.fromJSDate(now, { zone: time.zone });
  const date = time.toISODate();
  const sameMonth = time.year === today.year && time.month === today.month;
  const weekday = WEEKDAYS[time.weekday - 1];
  const nth = ordinal(time.day);
  const words = sameMonth ? `${weekday} the ${nth}` : `${weekday}, ${MONTHS[time.month - 1]} ${nth}`;
  if (date === today.toISODate()) return `today, ${words}`;
  return date === today.plus({ days: 1 }).toISODate() ? `tomorrow, ${words}` : words;
}

function clockWords(time: DateTime<true>): string {
  const part = isNamed(time) ? '' : ` ${partOfDay(time.hour)}`;
  return `${hourWords(time)}${part}${whichOfTwo(time)}`;
}

function hourWords(time: DateTime<true>): string {
  const { hour, minute } = time;
  if (isNamed(time)) return hour === 0 ? 'twelve midnight' : 'twelve noon';
  return `${cardinal(hour % 12 || 12)} ${spokenMinute(minute)}`;
}

function isNamed({ hour, minute }: DateTime): boolean {
  return minute === 0 && hour % 12 === 0;
}

/** When the clock is turned back it shows an hour twice. */
function whichOfTwo(time: DateTime<true>): string {
  const [first, ...others] = time.getPossibleOffsets().map((each) => each.toMillis());
  if (others.length === 0) return '';
  return `, ${time.toMillis() === first ? 'before' : 'after'} the clocks go back`;
}

function spokenMinute(minute: number): string {
  if (minute === 0) return "o'clock";
  return minute < 10 ? `oh ${cardinal(minute)}` : cardinal(minute);
}

// "In the morning" survives a bad line, where "a.m." and "p.m." sound alike.
function partOfDay(hour: number): string {
  if (hour >= 12 && hour < 17) return 'in the afternoon';
  if (hour >= 17 && hour < 21) return 'in the evening';
  return hour >= 1 && hour < 12 ? 'in the morning' : 'at night';
}

function inZone(iso: string, zone: string): DateTime<true> {
  const time = DateTime.fromISO(iso, { zone });
  if (time.isValid) return time;
  throw new RangeError(
    `"${iso}" in "${zone}" cannot be spoken: ${time.invalidExplanation ?? 'it is no ISO 8601 time'}`,
  );
}
