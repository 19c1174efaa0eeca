import type { OpeningHours } from '../core/opening-hours.js';

/** Appointments begin every half hour, counted from opening. */
const STEP_MINUTES = 30;
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** A minute of the day at which an appointment may begin, and for how long the shop stays open from then on by the clock on the wall. */
export interface Start {
  readonly minute: number;
  readonly openFor: number;
}

/** Of each weekday, soonest first. Open times that touch are one, also over midnight and over the end of the week. */
export function startsOfWeek(hours: OpeningHours): readonly (readonly Start[])[] {
  const starts: Start[][] = Array.from({ length: 7 }, () => []);
  for (const { opens, closes } of openTimes(hours)) {
    const last = Math.min(closes, opens + WEEK_MINUTES);
    for (let minute = opens; minute < last; minute += STEP_MINUTES) {
      const ofWeek = minute % WEEK_MINUTES;
      starts[Math.floor(ofWeek / DAY_MINUTES)]?.push({
        minute: ofWeek % DAY_MINUTES,
        openFor: closes - minute,
      });
    }
  }
  return starts.map((ofDay) => ofDay.sort((a, b) => a.minute - b.minute));
}

/** In minutes of the week from Monday; the last may end in the week after, one that never ends is from 0 to infinity. */
function openTimes(hours: OpeningHours): { opens: number; closes: number }[] {
  const times: { opens: number; closes: number }[] = [];
  for (const [day, spans] of hours.entries()) {
    for (const { opens, closes } of spans) {
      const [from, to] = [day * DAY_MINUTES + opens, day * DAY_MINUTES + closes];
      const before = times.at(-1);
      if (before && from <= before.closes) before.closes = Math.max(before.closes, to);
      else times.push({ opens: from, closes: to });
    }
  }
  return overSunday(times);
}

function overSunday(times: { opens: number; closes: number }[]): { opens: number; closes: number }[] {
  const [first, last] = [times[0], times.at(-1)];
  if (!first || !last || first.opens > 0 || last.closes < WEEK_MINUTES) return times;
  if (first === last) return [{ opens: 0, closes: Number.POSITIVE_INFINITY }];
  return [
    ...times.slice(1, -1),
    { opens: last.opens, closes: Math.max(last.closes, first.closes + WEEK_MINUTES) },
  ];
}
