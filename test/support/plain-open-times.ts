import { busySlots } from '../../src/appointments/appointment-rows.js';
import { BusyBays } from '../../src/appointments/busy-bays.js';
import { OpenTimes, type Slot } from '../../src/appointments/open-times.js';
import type { Database } from '../../src/database/database.js';
import type { RulesSource } from '../../src/shop/shop.js';

const DAY_MS = 86_400_000;
/** So many days are looked at first, then twice as many. */
const FIRST_LOOK_DAYS = 7;

/** The open times of a book that keeps none: worked out each time, the reference for those that are kept. */
export function plainOpenTimes(database: Database, rules: RulesSource, clock: () => Date = () => new Date()) {
  return async (serviceType: string, limit: number): Promise<readonly Slot[]> => {
    const times = new OpenTimes(rules.now);
    const now = clock();
    const service = times.serviceOf(serviceType);
    const { earliest, latest } = times.window(now);
    const open: Slot[] = [];
    let from = earliest;
    for (let days = FIRST_LOOK_DAYS; from <= latest && open.length < limit; days *= 2) {
      const until = from + days * DAY_MS;
      const span = { start: new Date(from), end: new Date(until + times.longestStay(service)) };
      const busy = new BusyBays(await database.run((sql) => busySlots(sql, span, now)));
      for (const { startsAt, endsAt } of times.places(service, from, busy, now)) {
        if (startsAt.getTime() >= until || open.length >= limit) break;
        open.push({ start: startsAt, end: endsAt });
      }
      from = until;
    }
    return open;
  };
}
