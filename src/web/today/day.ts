import type { DAYS } from '../../server/routes/day.js';
import type { AnswerOf } from '../../server/routes/operation.js';

/** A day of the book; its times are ISO 8601 with the shop's offset. */
export type Day = AnswerOf<typeof DAYS.get>;
export type Booked = Day['appointments'][number];
export type Closure = Day['closures'][number];
export type Status = Booked['status'];

/** In the order in which a car goes through the shop. */
export const STATUSES = [
  'booked',
  'arrived',
  'in_progress',
  'waiting_for_parts',
  'ready',
  'completed',
  'no_show',
  'cancelled',
] as const satisfies readonly Status[];

/** As people at the counter call it. */
export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  booked: 'Booked',
  arrived: 'Arrived',
  in_progress: 'In progress',
  waiting_for_parts: 'Waiting for parts',
  ready: 'Ready',
  completed: 'Collected',
  no_show: 'No-show',
  cancelled: 'Cancelled',
};

/** A part of the day in minutes that pass from its beginning on: not what the clock shows, which is changed twice a year. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const MINUTE_MS = 60_000;
/** Statuses that take the bay. */
const TAKES_BAY: readonly Status[] = ['booked', 'arrived', 'in_progress', 'waiting_for_parts', 'ready'];

/** Minutes from the beginning of the day to an instant; below 0 for one before it. */
export function minuteOf({ begins_at }: Pick<Day, 'begins_at'>, time: string): number {
  return Math.round((Date.parse(time) - Date.parse(begins_at)) / MINUTE_MS);
}

/** How many minutes the day has: 1440, or 1380 and 1500 when the clock is changed. */
export function lengthOf(day: Pick<Day, 'begins_at' | 'ends_at'>): number {
  return minuteOf(day, day.ends_at);
}

/** Whether the counter has to ring somebody before the car comes. */
export function isUnconfirmed({ status, confirmed }: Pick<Booked, 'status' | 'confirmed'>): boolean {
  return status === 'booked' && !confirmed;
}

export function takesBay({ status }: Pick<Booked, 'status'>): boolean {
  return TAKES_BAY.includes(status);
}

/** The part of the day that is drawn: from the first opening or appointment to the last, by full hours. Null: nothing is open, and nothing stands in it. */
export function frameOf(day: Day): Span | null {
  const { appointments, bays, held } = day;
  const shown = appointments.filter(({ status }) => status !== 'cancelled');
  const parts = [
    ...bays.flatMap(({ open }) => open),
    ...held,
    ...shown.map(({ date, ends_at, free_at }) => ({ from: date, to: free_at ?? ends_at })),
  ];
  if (parts.length === 0) return null;
  const length = lengthOf(day);
  const within = (minute: number) => Math.min(Math.max(minute, 0), length);
  const from = Math.min(...parts.map((part) => within(minuteOf(day, part.from))));
  const to = Math.max(...parts.map((part) => within(minuteOf(day, part.to))));
  const hours = day.hours.map((hour) => minuteOf(day, hour));
  return {
    from: hours.findLast((hour) => hour <= from) ?? 0,
    to: hours.find((hour) => hour >= to) ?? length,
  };
}

/** The lines of the grid inside of a frame. `isRepeated`: the clock has shown this hour before. */
export function hourLines(day: Day, frame: Span): { minute: number; time: string; isRepeated: boolean }[] {
  const shown = new Set<string>();
  return day.hours
    .map((time) => {
      const clock = time.slice(11, 16);
      const isRepeated = shown.has(clock);
      shown.add(clock);
      return { minute: minuteOf(day, time), time, isRepeated };
    })
    .filter(({ minute }) => minute >= frame.from && minute <= frame.to);
}

/** When a bay is closed inside of a frame. */
export function closedSpans(day: Day, bay: number, frame: Span): Span[] {
  const open = day.bays.find((each) => each.bay === bay)?.open ?? [];
  const closed: Span[] = [];
  let at = frame.from;
  for (const part of open) {
    const from = minuteOf(day, part.from);
    if (from > at) closed.push({ from: at, to: Math.min(from, frame.to) });
    at = Math.max(at, minuteOf(day, part.to));
  }
  if (at < frame.to) closed.push({ from: at, to: frame.to });
  return closed;
}

/** Why a bay is closed, or has other hours: the closures of that bay and of the whole shop. */
export function closuresOf({ closures }: Pick<Day, 'closures'>, bay: number | null): Closure[] {
  return closures.filter((closure) => closure.bay === null || closure.bay === bay);
}

/** Where the line of now stands; null: not in this day. `sinceMs`: how long ago the day was answered. */
export function nowMinute(day: Day, sinceMs: number): number | null {
  const minute = (Date.parse(day.now) + sinceMs - Date.parse(day.begins_at)) / MINUTE_MS;
  return minute >= 0 && minute < lengthOf(day) ? minute : null;
}

/** The day so many days later, by the calendar: `2026-11-30` and 1 give `2026-12-01`. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * 24 * 60 * MINUTE_MS).toISOString().slice(0, 10);
}
