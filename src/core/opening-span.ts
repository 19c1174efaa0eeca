/** Open from `opens` until `closes`, in minutes after local midnight. */
export interface OpenSpan {
  readonly opens: number;
  readonly closes: number;
}

/** Stands for a whole day. */
export const ALL_DAY = 'allday';

const HOUR = 60;
const DAY = 24 * HOUR;
const NOON = 12 * HOUR;
/** Nobody opens a shop at one to five at night and writes `1-5` for it. */
const FIRST_PLAIN_HOUR = 6;

const CLOCK = /^(\d{1,2})(?:[:.](\d{2}))?(am|pm)?$/;
/** `0830`, as timetables have it. */
const TIMETABLE = /^(\d{2})(\d{2})$/;

/**
 * A time as written. `fixed`: it can mean one time of the day only (`08:00`, `17`, `5pm`); `short`: it may be the morning's or the
 * evening's (`8`, `8:30`).
 */
interface Clock {
  readonly minutes: number;
  readonly form: 'fixed' | 'short';
  /** It has `am` or `pm`, or is `noon` or `midnight`: of a clock of twelve hours. */
  readonly isMarked: boolean;
}

/** Why a span cannot be read, as the rest of the sentence `The opening hours "…" …`. */
type SpanFault = { readonly fault: string };

/**
 * Reads a span in lower case with plain dashes and without spaces: `08:00-17:00`, `8-5`, `8am-5pm`, `22:00-06:00` (which ends on the next day,
 * so that `closes` is above 1440), {@link ALL_DAY}. Null: that is no span.
 */
export function readSpan(text: string): OpenSpan | SpanFault | null {
  if (text === ALL_DAY) return { opens: 0, closes: DAY };
  const [from, to, ...more] = text.split('-').map(readClock);
  if (!from || !to || more.length > 0) return null;
  if (from.minutes > DAY || to.minutes > DAY) return { fault: 'name a time that no clock shows' };
  if (from.minutes === DAY) return { fault: 'open at 24:00: write 00:00 and the next day' };
  return spanOf(from, to);
}

function readClock(text: string): Clock | null {
  if (text === 'noon') return { minutes: NOON, form: 'fixed', isMarked: true };
  if (text === 'midnight') return { minutes: 0, form: 'fixed', isMarked: true };
  const found = CLOCK.exec(text) ?? TIMETABLE.exec(text);
  if (!found) return null;
  const [, hours = '', minutes = '0', half] = found;
  const [hour, minute] = [Number(hours), Number(minutes)];
  const isBadHalf = half !== undefined && (hour < 1 || hour > 12);
  if (minute >= HOUR || isBadHalf)
    return { minutes: Number.POSITIVE_INFINITY, form: 'fixed', isMarked: false };
  if (half)
    return {
      minutes: ((hour % 12) + (half === 'pm' ? 12 : 0)) * HOUR + minute,
      form: 'fixed',
      isMarked: true,
    };
  const isShort = hour >= 1 && hour <= 12 && (hours.length === 1 || (hour >= 10 && found[2] === undefined));
  return { minutes: hour * HOUR + minute, form: isShort ? 'short' : 'fixed', isMarked: false };
}

function spanOf(from: Clock, to: Clock): OpenSpan | SpanFault {
  const opens = openingOf(from, to);
  if (opens === null)
    return { fault: 'can mean the morning or the evening: write 24 hours, as in 13:00-17:00, or am and pm' };
  if (to.form === 'short' && !isOf24(from)) return { opens, closes: nextAfter(opens, to.minutes, NOON) };
  if (opens !== to.minutes % DAY) return { opens, closes: nextAfter(opens, to.minutes, DAY) };
  // From midnight to midnight is a whole day; any other time to itself may be that, or a slip.
  return opens === 0 ? { opens, closes: DAY } : { fault: 'must open before they close' };
}

/** Null: it cannot be told. */
function openingOf(from: Clock, to: Clock): number | null {
  if (from.form === 'fixed' || isOf24(to)) return from.minutes;
  if (!to.isMarked) {
    const isPlain =
      from.minutes >= FIRST_PLAIN_HOUR * HOUR && (to.form === 'short' || to.minutes > from.minutes);
    return isPlain ? from.minutes : null;
  }
  const end = to.minutes === 0 ? DAY : to.minutes;
  const [morning, evening] = [from.minutes % NOON, (from.minutes % NOON) + NOON];
  if (from.minutes >= NOON) return end > NOON ? evening : null;
  if (morning < FIRST_PLAIN_HOUR * HOUR) return evening < end ? evening : morning < end ? morning : evening;
  return evening < end || morning >= end ? null : morning;
}

/** Written by a clock of 24 hours. */
function isOf24({ minutes, isMarked }: Clock): boolean {
  return !isMarked && (minutes < HOUR || minutes >= NOON + HOUR);
}

function nextAfter(opens: number, minutes: number, step: number): number {
  let closes = minutes;
  while (closes <= opens) closes += step;
  return closes;
}
