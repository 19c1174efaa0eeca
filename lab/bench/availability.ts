import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { memoryOpenTimesCache, type OpenTimesCache } from '../../src/appointments/open-times-cache.js';
import { redisOpenTimesCache } from '../../src/appointments/redis-open-times-cache.js';
import { silentLogger } from '../../src/core/logger.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { plainOpenTimes } from '../../test/support/plain-open-times.js';
import { administer } from '../../test/support/postgres-server.js';
import { fixedRulesOf } from '../../test/support/shop-rules.js';
import { createEmbedded, createServerDatabase } from '../../test/support/test-database.js';
import type { BenchEnvironment, BenchRow, BenchTopic } from '../bench-topic.js';
import { withRedis } from './bench-redis.js';
import { measureRates } from './measure.js';

const RULES = fixedRulesOf({ bays: 4, hours: 'Mon-Sat 08:00-12:00 13:00-18:00' });
const SERVICES = ['oil_change', 'brakes', 'tires', 'inspection', 'other'];
const TIMES_FASTER = 5;
const LOAD = { inFlight: 20, count: 400, rounds: 5 };
/** PGlite has one session: with more at once, who asks without the cache waits too long for it. */
const EMBEDDED_LOAD = { inFlight: 4, count: 80, rounds: 5 };

/** `GET /api/availability` without its HTTP: the same book asked with a cache and without, in turns. */
export const topic: BenchTopic = {
  title: `Open times of a shop with four bays, half of its next 60 days booked: the next three, ${LOAD.inFlight} requests at once (PGlite: ${EMBEDDED_LOAD.inFlight})`,
  run: (environment: BenchEnvironment) =>
    withRedis(environment, async (redisUrl) => [
      ...(await overServer(environment.databaseUrl, redisUrl)),
      ...(await embedded()),
    ]),
};

async function overServer(databaseUrl: string | undefined, redisUrl: string): Promise<BenchRow[]> {
  if (databaseUrl === undefined)
    throw new Error('This benchmark needs a PostgreSQL: name one with TEST_DATABASE_URL.');
  const { url, drop } = await createServerDatabase(databaseUrl);
  const database = await openDatabase({ url, dataDir: 'memory', logger: silentLogger() });
  const client = new RedisClient({ url: redisUrl, logger: silentLogger(), commandTimeoutMs: 10_000 });
  try {
    await database.ready;
    await fill((statement) => administer(url, statement));
    await administer(url, 'vacuum analyze appointments');
    const cache = redisOpenTimesCache(client);
    return [
      await measured(database, { name: 'PostgreSQL and Redis', cache, limit: 3, load: LOAD }),
      await measured(database, { name: 'PostgreSQL and Redis, the next 50', cache, limit: 50, load: LOAD }),
    ];
  } finally {
    await client.close();
    await database.close();
    await drop();
  }
}

async function embedded(): Promise<BenchRow[]> {
  const { database, drop } = await createEmbedded();
  try {
    await fill((statement) => database.run((sql) => sql.execute(statement)));
    const cache = memoryOpenTimesCache();
    return [await measured(database, { name: 'PGlite, in process', cache, limit: 3, load: EMBEDDED_LOAD })];
  } finally {
    await drop();
  }
}

/** Every second hour of every bay, from eight days ago to 62 days from now. */
async function fill(run: (statement: string) => Promise<unknown>): Promise<void> {
  for (let bay = 1; bay <= 4; bay++) {
    for (let day = -8; day < 62; day += 10) {
      await run(`insert into public.appointments (service_type, starts_at, ends_at, bay, status, confirmed)
        select 'tires', hour, hour + interval '1 hour', ${bay}, 'booked', true
        from generate_series(date_trunc('day', now()) + interval '${day} days',
          date_trunc('day', now()) + interval '${day + 10} days' - interval '2 hours', interval '2 hours') as hour`);
    }
  }
}

interface Subject {
  readonly name: string;
  readonly cache: OpenTimesCache;
  readonly limit: number;
  readonly load: typeof LOAD;
}

async function measured(database: Database, { name, cache, limit, load }: Subject): Promise<BenchRow> {
  const plain = plainOpenTimes(database, RULES);
  const book = new AppointmentBook({ database, rules: RULES, cache });
  const serviceOf = (worker: number) => SERVICES[worker % SERVICES.length] ?? 'tires';
  const rates = await measureRates(
    {
      cached: (worker) => book.openSlots(serviceOf(worker), null, limit),
      plain: (worker) => plain(serviceOf(worker), limit),
    },
    load,
  );
  const ratio = rates.cached / rates.plain;
  return {
    figure: name,
    measured: `${Math.round(rates.cached).toLocaleString('en-US')}/s`,
    reference: `without the cache: ${Math.round(rates.plain).toLocaleString('en-US')}/s`,
    ratio,
    target: `at least ${TIMES_FASTER} x`,
    met: ratio >= TIMES_FASTER,
  };
}
