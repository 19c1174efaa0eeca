import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { silentLogger } from '../../src/core/logger.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { fixedRulesOf } from '../../test/support/shop-rules.js';
import { createEmbedded, createServerDatabase } from '../../test/support/test-database.js';
import type { DrillRow } from '../drill-topic.js';

const SETTLED_WITHIN_MS = 1000;

/** Pairs of calls that write the same time together without holding it first: what happens when holds have run out. */
export async function raceAtTheDesk(serverUrl: string, pairs: number): Promise<DrillRow[]> {
  const server = await createServerDatabase(serverUrl);
  const shared = [await open(server.url), await open(server.url)] as const;
  const embedded = await createEmbedded();
  try {
    return [
      await race('at the write, two pools on PostgreSQL', shared[0], shared[1], pairs),
      await race('at the write, PGlite', embedded.database, embedded.database, pairs),
    ];
  } finally {
    await Promise.all(shared.map((database) => database.close()));
    await embedded.drop();
    await server.drop();
  }
}

async function open(url: string): Promise<Database> {
  const database = await openDatabase({ url, dataDir: 'memory', logger: silentLogger() });
  await database.ready;
  return database;
}

async function race(fault: string, one: Database, other: Database, pairs: number): Promise<DrillRow> {
  const rules = fixedRulesOf({ hours: 'Mon-Sun 00:00-23:59', bays: 1 });
  const books = [one, other].map((database) => new AppointmentBook({ database, rules }));
  const open = (await books[0]?.openSlots('inspection', null, 2 * pairs)) ?? [];
  const times: number[] = [];
  let sold = 0;
  let wrong = 0;
  // Every second one: their neighbours must not overlap.
  for (const [pair, { start }] of open.filter((_slot, n) => n % 2 === 0).entries()) {
    const startedAt = performance.now();
    const writes = books.map((book, side) =>
      book.book({ serviceType: 'inspection', startsAt: start, callSid: `CA${pair}-${side}` }).finally(() => {
        times.push(performance.now() - startedAt);
      }),
    );
    const booked = (await Promise.all(writes)).filter((each) => typeof each !== 'string').length;
    sold += booked;
    wrong += booked === 1 ? 0 : 1;
  }
  const worst = Math.max(...times);
  return {
    fault,
    required: `one of each pair books, both know within ${SETTLED_WITHIN_MS} ms`,
    seen: `${sold} of ${pairs} places sold, ${wrong} wrong, worst ${worst.toFixed(0)} ms`,
    held: sold === pairs && wrong === 0 && worst <= SETTLED_WITHIN_MS,
  };
}
