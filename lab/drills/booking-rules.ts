import fc from 'fast-check';
import { BusyBays } from '../../src/appointments/busy-bays.js';
import { OpenTimes } from '../../src/appointments/open-times.js';
import { PlainShop } from '../../test/support/plain-rules.js';
import { type RandomWeek, randomWeek, usualWeek } from '../../test/support/random-shops.js';
import { sellWeek, type Wish } from '../../test/support/sold-weeks.js';
import { DATABASE_KINDS, type TestDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';

const WEEKS = Number(process.env.DRILL_WEEKS ?? 10_000);
const AT_ONCE = 100;
const REQUIRED = 'what is offered is what a look at every minute allows; each can be booked, nothing else';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const wishes = fc.array(fc.record({ service: share, time: share }), { minLength: 1, maxLength: 4 });
/** Every second one of a usual shop with nine services, lunch breaks, a holiday, a blocked bay and two hours' notice; the others of any. */
const kinds = [usualWeek, randomWeek];

export const topic: Drill = {
  title: `${WEEKS} random weeks of shops with nine services, in zones and on days on which the clock is changed`,
  async drill() {
    const rows = [withoutDatabase()];
    for (const { name, create } of DATABASE_KINDS) {
      const store = await create();
      try {
        rows.push(await inDatabase(name, store));
      } finally {
        await store.drop();
      }
    }
    return rows;
  },
};

/** So many weeks with what is wished in each; other ones in every run. */
function* weeks(): Generator<readonly [RandomWeek, readonly Wish[]]> {
  for (let made = 0; made < WEEKS; made += AT_ONCE) {
    const seed = Date.now() + made;
    for (const kind of kinds) {
      yield* fc.sample(fc.tuple(kind, wishes), {
        seed,
        numRuns: Math.min(AT_ONCE, WEEKS - made) / kinds.length,
      });
    }
    process.stderr.write(`week ${made + AT_ONCE} of ${WEEKS}\n`);
  }
}

function withoutDatabase(): DrillRow {
  const total = { offered: 0, refused: 0 };
  const faults: string[] = [];
  for (const [{ rules, around, now, busy }] of weeks()) {
    const [times, plain, bays] = [new OpenTimes(rules), new PlainShop(rules, around), new BusyBays(busy)];
    for (const service of rules.services) {
      const places = [...times.places(service, 0, bays, now)];
      total.offered += places.length;
      const expected = plain.places(service, busy, now);
      if (JSON.stringify(places) !== JSON.stringify(expected))
        faults.push(JSON.stringify({ rules, now, service }));
      for (const place of places) {
        if (typeof times.placeAt(service, place.startsAt, bays, { now }) === 'string') total.refused += 1;
      }
    }
  }
  const seen = `${total.offered} times offered, ${total.refused} of them refused`;
  if (total.refused > 0) faults.push('what was offered was refused');
  return rowOf('in memory, every service of each week', seen, faults);
}

async function inDatabase(name: string, { database }: TestDatabase): Promise<DrillRow> {
  const total = { offered: 0, booked: 0, refused: 0 };
  const faults: string[] = [];
  for (const [week, wanted] of weeks()) {
    const sold = await sellWeek(database, week, wanted);
    total.offered += sold.offered;
    total.booked += sold.booked;
    total.refused += sold.refused;
    faults.push(...sold.faults);
  }
  const seen = `${total.offered} times offered, ${total.booked} of them picked and booked, ${total.refused} others refused`;
  return rowOf(`through the book in ${name}`, seen, faults);
}

function rowOf(fault: string, seen: string, faults: readonly string[]): DrillRow {
  if (faults.length > 0) process.stderr.write(`${faults.slice(0, 3).join('\n')}\n`);
  return {
    fault: `${WEEKS} weeks ${fault}`,
    required: REQUIRED,
    seen: `${seen}; ${faults.length} faults`,
    held: faults.length === 0,
  };
}
