import { DateTime } from 'luxon';
import type { TimeMention } from './mention.js';
import type { SpokenTimeContext } from './spoken-time.js';

/**
 * How what was said of a time fits the time itself. `fits`: day and time of day were named, and nothing disagrees; `partly`: nothing disagrees, and
 * something is missing or may mean another day; `differs`: something disagrees, or is not understood.
 */
export type TimeFit = 'fits' | 'partly' | 'differs';

/** A weekday alone means one of the next seven days. */
const WEEK_DAYS = 7;
/** A day of the month alone means one of the next so many days. */
const MONTH_DAYS = 27;

/** `iso`: the time that is meant, in ISO 8601. */
export function timeFit(
  mentions: readonly TimeMention[],
  iso: string,
  { zone, now }: SpokenTimeContext,
): TimeFit {
  const time = DateTime.fromISO(iso, { zone });
  const today = DateTime.fromJSDate(now, { zone }).startOf('day');
  if (!mentions.every((mention) => agrees(mention, time, today))) return 'differs';
  const ahead = Math.round(time.startOf('day').diff(today, 'days').days);
  const hasDay = mentions.some((mention) => namesDay(mention, ahead));
  return hasDay && mentions.some(({ kind }) => kind === 'clock') ? 'fits' : 'partly';
}

function agrees(mention: TimeMention, time: DateTime, today: DateTime): boolean {
  switch (mention.kind) {
    case 'clock':
      return mention.minute === time.minute && agreesOnHour(mention, time.hour);
    case 'part':
      return PARTS[mention.part](time.hour);
    case 'weekday':
      return mention.weekday === time.weekday;
    case 'ahead':
      return today.plus({ days: mention.days }).hasSame(time, 'day');
    case 'week':
      return today.plus({ weeks: mention.weeks }).hasSame(time, 'week');
    case 'date':
      return [
        [mention.day, time.day],
        [mention.month, time.month],
        [mention.year, time.year],
      ].every(([said, so]) => said === null || said === so);
    case 'number':
      return false;
  }
}

function agreesOnHour({ hour, half }: TimeMention & { kind: 'clock' }, so: number): boolean {
  if (half !== null) return (hour % 12) + (half === 'pm' ? 12 : 0) === so;
  return hour > 12 || hour === 0 ? hour % 24 === so : hour % 12 === so % 12;
}

// Where one part of the day ends and the next begins, people differ.
const PARTS: Readonly<Record<(TimeMention & { kind: 'part' })['part'], (hour: number) => boolean>> = {
  morning: (hour) => hour < 12,
  afternoon: (hour) => hour >= 12 && hour < 18,
  evening: (hour) => hour >= 16,
  night: (hour) => hour >= 17 || hour < 5,
};

/** Whether it means this day alone, which is `ahead` days from today. */
function namesDay(mention: TimeMention, ahead: number): boolean {
  if (mention.kind === 'ahead') return true;
  if (mention.kind === 'weekday') return ahead < (mention.isNext ? 2 * WEEK_DAYS : WEEK_DAYS);
  if (mention.kind !== 'date' || mention.day === null) return false;
  return mention.month !== null || ahead <= MONTH_DAYS;
}
