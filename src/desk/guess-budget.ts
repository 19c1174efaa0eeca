import type { NumberOnFile } from '../customers/wrong-vin-tries.js';

const HOUR_MS = 3_600_000;

/** So many wrong digits from one number in 24 hours are taken without a pause, on however many calls. */
export const FREE_WRONG_TRIES = 9;
/** After those, one try an hour, until a number has so many wrong ones in 24 hours; then one in {@link LONG_PAUSE_MS}. */
export const HOURLY_UNTIL = 12;
export const LONG_PAUSE_MS = 4 * HOUR_MS;
/** So many wrong digits are taken in an hour from all numbers together; once a day has seen {@link QUIET_DAY}, only {@link ALARMED_AN_HOUR}. */
export const WRONG_AN_HOUR = 30;
export const QUIET_DAY = 90;
export const ALARMED_AN_HOUR = 6;

type Tried = Pick<NumberOnFile, 'wrongTries' | 'sinceWrongMs' | 'shop'>;

/**
 * How many digits may still be keyed from this number before there is a pause; 0: none now. Four digits are ten thousand, so guessing is held
 * by two budgets. That of the number slows down and never ends: who forges a number cannot shut its owner out for a day. That of the shop
 * holds what is guessed over many numbers. Both count every number alike, a customer's or not.
 *
 * In 24 hours a number gets fewer than 20 wrong tries, and all numbers together fewer than 250.
 */
export function triesLeft({ wrongTries, sinceWrongMs, shop }: Tried): number {
  const shopAnHour = shop.lastDay >= QUIET_DAY ? ALARMED_AN_HOUR : WRONG_AN_HOUR;
  const ofShop = Math.max(0, shopAnHour - shop.lastHour);
  if (wrongTries < FREE_WRONG_TRIES) return Math.min(FREE_WRONG_TRIES - wrongTries, ofShop);
  const pauseMs = wrongTries < HOURLY_UNTIL ? HOUR_MS : LONG_PAUSE_MS;
  return Math.min(sinceWrongMs >= pauseMs ? 1 : 0, ofShop);
}
