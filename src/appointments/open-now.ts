import type { OpeningHours } from '../core/opening-hours.js';
import { WallClock, weekdayShown } from './wall-clock.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS_AHEAD = 8;

/** Whether the shop is open at an instant; `at`: when it closes, or opens next. Null: not within a week. */
export interface OpenNow {
  readonly isOpen: boolean;
  readonly at: Date | null;
}

/** By the clock on the shop's wall; what is open until midnight and from midnight on is open. */
export function openNow(hours: OpeningHours, timezone: string, now: Date): OpenNow {
  const wall = new WallClock(timezone);
  const shown = wall.shownAt(now.getTime());
  const midnight = Math.floor(shown / DAY_MS) * DAY_MS;
  const isOpen = isOpenAt(hours, shown);
  const change = changes(hours, midnight).find((at) => at > shown && isOpenAt(hours, at) !== isOpen);
  const instant = change === undefined ? null : wall.firstShowing(change);
  return { isOpen, at: instant === null ? null : new Date(instant) };
}

/** When the shop may open or close in the week to come, as the wall shows it, soonest first. */
function changes(hours: OpeningHours, midnight: number): number[] {
  const days = Array.from({ length: DAYS_AHEAD }, (_, day) => midnight + day * DAY_MS);
  return days.flatMap((day) =>
    (hours[weekdayShown(day)] ?? []).flatMap(({ opens, closes }) => [
      day + opens * MINUTE_MS,
      day + closes * MINUTE_MS,
    ]),
  );
}

function isOpenAt(hours: OpeningHours, shown: number): boolean {
  const minute = Math.floor((shown % DAY_MS) / MINUTE_MS);
  return (hours[weekdayShown(shown)] ?? []).some(({ opens, closes }) => opens <= minute && minute < closes);
}
