import { gatewayNow } from './clock.js';
import { shop } from './shop.js';

// Times are the shop's: whoever looks from another zone sees what the clock on its wall shows.

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const timeZone = shop.value?.timezone;
  const key = JSON.stringify([timeZone, options]);
  const known =
    formats.get(key) ?? new Intl.DateTimeFormat('en-US', { ...options, ...(timeZone ? { timeZone } : {}) });
  formats.set(key, known);
  return known;
}

/** `9:30 AM`. */
export function clockTime(time: string | Date): string {
  return told(time, { hour: 'numeric', minute: '2-digit' });
}

/** `Mon, Nov 30`. */
export function shortDay(time: string | Date): string {
  return told(time, { weekday: 'short', month: 'short', day: 'numeric' });
}

/** `Mon, Nov 30, 9:30 AM`. */
export function dayAndTime(time: string | Date): string {
  return `${shortDay(time)}, ${clockTime(time)}`;
}

// Browsers differ in the space before AM and PM.
function told(time: string | Date, options: Intl.DateTimeFormatOptions): string {
  return format(options).format(new Date(time)).replaceAll('\u202f', ' ');
}

/** The day in the shop's zone: `2026-11-30`. */
export function dayOf(time: string | Date): string {
  const parts = format({ year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(new Date(time));
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** `today`, `yesterday`, else `Mon, Nov 30`; with the time of day. */
export function whenSeen(time: string, now = new Date(gatewayNow())): string {
  const day = dayOf(time);
  if (day === dayOf(now)) return `today, ${clockTime(time)}`;
  if (day === dayOf(new Date(now.getTime() - 86_400_000))) return `yesterday, ${clockTime(time)}`;
  return dayAndTime(time);
}

/** `1:05`, `1:02:03`. Nothing less than 0 is shown. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `collecting_info` as `collecting info`. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}

/** `Collecting info`. */
export function sentenceCase(name: string): string {
  const text = words(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A number as people write it: `+1 512 555 0142`; what is none stays as it is. */
export function phoneNumber(number: string): string {
  const [, area, exchange, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number) ?? [];
  if (area) return `+1 ${area} ${exchange} ${line}`;
  return /^\+\d{7,15}$/.test(number) ? number.replace(/(\d{3})(?=\d{4,})/g, '$1 ') : number;
}

/** A number that only those read who ask for it: `+1 512 ••• 0142`; what is none, such as `anonymous`, stays as it is. */
export function maskedNumber(number: string): string {
  const [, area, line] = /^\+1(\d{3})\d{3}(\d{4})$/.exec(number) ?? [];
  if (area) return `+1 ${area} ••• ${line}`;
  return number.replace(/^(\+\d{2})\d+(\d{3})$/, '$1 ••• $2').replace(/^(sip:|client:).*/, '$1•••');
}

/** `37%`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** `420 ms`, `1.8 s`; `-` for nothing measured. */
export function delay(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Whether it is a day that is meant: while its year is typed, a field gives days of the years 2, 20 and 202. */
export function isWholeDay(text: string): boolean {
  return /^2[01]\d\d-\d\d-\d\d$/.test(text);
}
