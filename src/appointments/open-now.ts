import { type OpeningRules, Openings } from './openings.js';
import { DAY_MS } from './wall-clock.js';

/** A shop that does not open within so many days is closed until further notice. */
const LOOK_AHEAD_DAYS = 60;

/** Whether the shop is open at an instant; `at`: when it closes, or opens next. Null: not within 60 days. */
export interface OpenNow {
  readonly isOpen: boolean;
  readonly at: Date | null;
}

/** By the clock on the shop's wall, closures and special hours included; what is open until midnight and from midnight on is open. */
export function openNow(rules: OpeningRules, now: Date): OpenNow {
  const from = now.getTime();
  const until = from + LOOK_AHEAD_DAYS * DAY_MS;
  let closes: number | null = null;
  for (const { from: opened, to } of new Openings(rules).timesFrom(from, until)) {
    const isBreak = opened > (closes ?? from);
    if (isBreak)
      return closes === null
        ? { isOpen: false, at: new Date(opened) }
        : { isOpen: true, at: new Date(closes) };
    closes = to;
  }
  return { isOpen: closes !== null, at: closes === null || closes >= until ? null : new Date(closes) };
}
