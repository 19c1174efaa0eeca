import type { Zone } from 'luxon';
import { clockOffsets, zoneOf } from '../database/shop-time.js';

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Of what the clock shows; Monday is 0. */
export function weekdayShown(shown: number): number {
  return (new Date(shown).getUTCDay() + 6) % 7;
}

/** What the clock on a wall in a time zone shows, as milliseconds that UTC would show so: two of them differ by what the clock goes on. */
export class WallClock {
  readonly #zone: Zone;

  constructor(timezone: string) {
    this.#zone = zoneOf(timezone);
  }

  /** What it shows at an instant (Unix milliseconds). */
  shownAt(instant: number): number {
    return instant + this.#offsetAt(instant);
  }

  /** The first instant at which it shows this; null when it skips it. */
  firstShowing(shown: number): number | null {
    // No offset is as large as a day: these are before and after any change that the instant may be near.
    const offsets = [this.#offsetAt(shown - DAY_MS), this.#offsetAt(shown + DAY_MS)];
    const instant = shown - Math.max(...offsets);
    if (this.shownAt(instant) === shown) return instant;
    const later = shown - Math.min(...offsets);
    return this.shownAt(later) === shown ? later : null;
  }

  /** By how much it differs from UTC all the time between these two instants; null when it was changed between them. */
  offsetBetween(from: number, to: number): number | null {
    const offset = this.#offsetAt(from);
    return this.#offsetAt(to) === offset ? offset : null;
  }

  /** The number of the day that it shows at an instant, counted from the first of January 1970. */
  dayAt(instant: number): number {
    return Math.floor(this.shownAt(instant) / DAY_MS);
  }

  /** The time between two instants, `to` not included, cut where the clock is changed; `offset`: by how much it is ahead of UTC then. */
  evenTimes(from: number, to: number) {
    const offsets = clockOffsets(from, to - 1, this.#zone);
    return offsets.map(({ since, offsetMs: offset }, n) => ({
      from: since,
      to: offsets[n + 1]?.since ?? to,
      offset,
    }));
  }

  #offsetAt(instant: number): number {
    return this.#zone.offset(instant) * MINUTE_MS;
  }
}
