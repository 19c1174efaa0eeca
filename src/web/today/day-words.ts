import type { Closure } from './day.js';

const NOON = 'T12:00:00Z';

function dayText(day: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' }).format(new Date(day + NOON));
}

/** `Monday, November 30`. */
export function longDay(day: string): string {
  return dayText(day, { weekday: 'long', month: 'long', day: 'numeric' });
}

/** `Mon`. */
export function weekday(day: string): string {
  return dayText(day, { weekday: 'short' });
}

/** `30`. */
export function dayNumber(day: string): string {
  return dayText(day, { day: 'numeric' });
}

/** `Nov 30`, with the year when it is another than that of `today`. */
export function shortDate(day: string, today: string): string {
  const year = day.slice(0, 4) === today.slice(0, 4) ? {} : { year: 'numeric' as const };
  return dayText(day, { month: 'short', day: 'numeric', ...year });
}

/** `09:00-12:00, 13:00-17:00` as `9:00 AM–12:00 PM, 1:00 PM–5:00 PM`. */
function hoursText(hours: string): string {
  const clock = (_: string, hour: string, minute: string) =>
    `${Number(hour) % 12 || 12}:${minute} ${Number(hour) % 24 < 12 ? 'AM' : 'PM'}`;
  return hours.replace(/(\d\d?):(\d\d)/g, clock).replace(/\s*-\s*/g, '–');
}

/** What a closure says of its days: `Closed: Christmas`, `Bay 2 open 12:00 PM–2:00 PM`. */
export function closureText({ bay, hours, reason }: Pick<Closure, 'bay' | 'hours' | 'reason'>): string {
  const where = bay === null ? '' : `Bay ${bay} `;
  const what = hours === null ? 'closed' : `open ${hoursText(hours)}`;
  const text = `${where}${what}`;
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return reason === null ? sentence : `${sentence}: ${reason}`;
}
