import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { ChaosCallers } from './chaos-callers.js';
import { FAULTS, type Victims } from './chaos-faults.js';
import { GatewayLog, isFatal } from './gateway-log.js';
import { liveSessions } from './gateway-views.js';
import { leakedKeys } from './leaked-keys.js';
import { PROBE } from './probed-gateway.js';
import { AUTH_TOKEN, PUBLIC_URL, startInShop } from './shared-shop.js';
import { untilStoredAsLive } from './stored-views.js';

const MINUTES = Number(process.env.DRILL_CHAOS_MINUTES ?? 5);
const CALLERS = 30;
const FAULT_EVERY_MS = 5000;
const EQUAL_WITHIN_MS = 3000;
const GONE_WITHIN_MS = 10_000;

export const topic: Drill = {
  title: `${MINUTES} minutes of chaos: a fault every ${FAULT_EVERY_MS / 1000} s under ${CALLERS} callers who book`,
  async drill() {
    const { TEST_DATABASE_URL } = process.env;
    if (!TEST_DATABASE_URL) throw new Error('This needs a PostgreSQL: name one with TEST_DATABASE_URL.');
    const [server, database] = [await RedisServer.start(), await createServerDatabase(TEST_DATABASE_URL)];
    const address = new URL(database.url);
    const databaseWay = await TcpProxy.listen({ host: address.hostname, port: Number(address.port || 5432) });
    address.host = `127.0.0.1:${databaseWay.port}`;
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    // It is killed with the server, again and again.
    redis.on('error', () => undefined);
    try {
      const seen = await chaos(
        { server, redis, databaseWay },
        { REDIS_URL: server.url, DATABASE_URL: address.href },
      );
      return rowsOf(seen, await bookings(database.url));
    } finally {
      redis.disconnect();
      await server.stop();
      await databaseWay.close();
      await database.drop();
    }
  },
};

interface Seen {
  readonly callers: ChaosCallers;
  readonly faults: number;
  readonly uncaught: readonly string[];
  readonly exitCode: number | null;
  /** How long after the last fault every session was stored as it lived; null: not in time. */
  readonly equalMs: number | null;
  readonly live: number;
  readonly keys: readonly string[];
}

type Around = Pick<Victims, 'server' | 'redis' | 'databaseWay'>;

async function chaos(around: Around, stores: { REDIS_URL: string; DATABASE_URL: string }): Promise<Seen> {
  const log = new GatewayLog(isFatal);
  const settings = { TRANSFER_NUMBER: '+15125550190', STREAM_IDLE_TIMEOUT_MS: '5000' };
  const gateway = await startInShop(stores, settings, { probe: PROBE, onOutput: log.onOutput });
  const streamWay = await TcpProxy.listen({ host: '127.0.0.1', port: Number(new URL(gateway.url).port) });
  const gatewayUrl = `http://127.0.0.1:${streamWay.port}`;
  const twilio = new TwilioSimulator({ gatewayUrl, publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN });
  const callers = new ChaosCallers(twilio, gateway.url);
  const ringing = callers.ring(CALLERS);
  const faults = await makeFaults({ ...around, streamWay, gateway });
  callers.stop();
  await ringing;
  const live = (await liveSessions(gateway.url)).size;
  const equalMs = await untilStoredAsLive(around.redis, gateway.url, EQUAL_WITHIN_MS);
  await twilio.close();
  const keys = await untilNoKey(around.redis);
  const exitCode = await gateway.stop();
  await streamWay.close();
  return { callers, faults, uncaught: log.lines, exitCode, equalMs, live, keys };
}

/** Gives how many were made. */
async function makeFaults(victims: Victims): Promise<number> {
  const all = Object.entries(FAULTS);
  const until = performance.now() + MINUTES * 60_000;
  let made = 0;
  while (performance.now() < until) {
    const next = pause(FAULT_EVERY_MS);
    const [name, fault] = all[Math.floor(Math.random() * all.length)] ?? [];
    await fault?.(victims);
    made += 1;
    if (made % 12 === 0) process.stderr.write(`${made} faults, the last: ${name}\n`);
    await next;
  }
  return made;
}

async function untilNoKey(redis: Redis): Promise<string[]> {
  const until = performance.now() + GONE_WITHIN_MS;
  let keys = await leakedKeys(redis);
  while (keys.length > 0 && performance.now() < until) {
    await pause(100);
    keys = await leakedKeys(redis);
  }
  return keys;
}

/** How often each number has booked. */
async function bookings(databaseUrl: string): Promise<Map<string, number>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const query = `select caller_phone, count(*)::int as times from appointments where status = 'booked' group by 1`;
  const { rows } = await client.query<{ caller_phone: string; times: number }>(query);
  await client.end();
  return new Map(rows.map(({ caller_phone, times }) => [caller_phone, times]));
}

function rowsOf(seen: Seen, booked: ReadonlyMap<string, number>): DrillRow[] {
  const { callers, uncaught, exitCode, equalMs, live, keys } = seen;
  const fault = `${seen.faults} faults`;
  const row = (required: string, is: string, held: boolean) => ({ fault, required, seen: is, held });
  const lost = callers.booked.filter((from) => !booked.has(from));
  const twice = [...booked].filter(([from, times]) => from && times > 1);
  const { problems } = callers;
  return [
    row(
      'no rejection or exception that nobody caught, exit 0',
      uncaught.length === 0 ? `none, exit ${exitCode}` : `${uncaught.length}: ${uncaught[0]}`,
      uncaught.length === 0 && exitCode === 0,
    ),
    row(
      'every call goes on, or ends as TwiML says',
      problems.length === 0 ? callers.summary : `${problems.length}: ${problems.slice(0, 3).join('; ')}`,
      problems.length === 0,
    ),
    row(
      'each acknowledged booking stored, none twice',
      `${callers.booked.length} acknowledged, ${lost.length} of them lost, ${twice.length} stored twice`,
      lost.length === 0 && twice.length === 0,
    ),
    row(
      `stored sessions equal to live ones within ${EQUAL_WITHIN_MS} ms of the last fault`,
      `${live} live, ${equalMs === null ? 'not in time' : `equal after ${equalMs.toFixed(0)} ms`}`,
      equalMs !== null && live > 0,
    ),
    row(
      'no session and no key without a time to live when all have hung up',
      `${keys.length} keys ${keys.slice(0, 3).join(' ')}`,
      keys.length === 0,
    ),
  ];
}
