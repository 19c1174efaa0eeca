import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { GatewayLog, isFault } from './gateway-log.js';
import { liveSessions } from './gateway-views.js';
import { leakedKeys } from './leaked-keys.js';
import { differences, PROBE, type Reading, read, untilQuiet, weigh } from './probed-gateway.js';
import { ADMIN_TOKEN, AUTH_TOKEN, callFrom, PUBLIC_URL, startInShop, twilioFor } from './shared-shop.js';
import { type OddCall, ringAndLeave, type SoakLine, WAYS } from './soak-calls.js';

const CALLS = Number(process.env.SOAK_CALLS ?? 10_000);
const AT_ONCE = 50;
/** More than the gateway remembers of calls that are over, and of numbers without a customer: from then on each pushes out another. */
const WARM_UP = Number(process.env.SOAK_WARM_UP ?? 10_000);
const COMPARED = Math.min(1000, Math.floor(CALLS / 2));
const HELD = 200;
const HELD_MS = 10_000;
/** Far more than a pool has connections. */
const ASKED_AT_ONCE = 50;
const RING_MS = 20;
const PREPARED_MS = 5000;
/** The heap is looked at after each. */
const PARTS = 5;
const MB = 1024 * 1024;
const numberOf = (n: number) => `+1512${2_000_000 + n}`;
const SETTINGS = {
  RESUME_WINDOW_SECONDS: '5',
  STREAM_IDLE_TIMEOUT_MS: '5000',
  TRANSFER_NUMBER: '+15125550190',
};

export const topic: Drill = {
  title: `Soak: ${CALLS} calls, ${AT_ONCE} at a time, ended in ${Object.keys(WAYS).length} ways`,
  async drill() {
    const { TEST_DATABASE_URL } = process.env;
    const server = await RedisServer.start();
    const database = TEST_DATABASE_URL ? await createServerDatabase(TEST_DATABASE_URL) : null;
    try {
      return await soak({ REDIS_URL: server.url, DATABASE_URL: database?.url ?? '' });
    } finally {
      await server.stop();
      await database?.drop();
    }
  },
};

/** What went wrong, each with the way that its call was to end. */
interface Run {
  readonly delays: (number | null)[];
  readonly problems: string[];
}

async function soak(stores: { REDIS_URL: string; DATABASE_URL: string }): Promise<DrillRow[]> {
  const log = new GatewayLog(isFault);
  const gateway = await startInShop(stores, SETTINGS, { probe: PROBE, onOutput: log.onOutput });
  const raw = { gatewayUrl: gateway.url, publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN };
  const line = { twilio: twilioFor(gateway), raw };
  const redis = new Redis(stores.REDIS_URL);
  try {
    const perCall = await weighCalls(gateway, line);
    tell(`${HELD} calls weighed`);
    await run(WARM_UP, line, { delays: [], problems: log.lines });
    await inTurn(WARM_UP, (n) => ringAndLeave(line, numberOf(1_000_000 + n)));
    tell(`${WARM_UP} calls: what is remembered of calls is full`);
    // The first look at everything leaves something of its own behind.
    await readInQuiet(gateway);
    const readings = [await readInQuiet(gateway)];
    const found: Run = { delays: [], problems: [] };
    for (let part = 0; part < PARTS; part++) {
      await run(CALLS / PARTS, line, found);
      readings.push(await readInQuiet(gateway));
      tell(`${found.delays.length} of ${CALLS} calls: ${megabytes(readings.at(-1))}`);
    }
    // What was under way at one moment is not at another.
    for (let again = 0; again < 3 && differs(readings); again++) readings.push(await readInQuiet(gateway));
    const left = { keys: await leakedKeys(redis), live: (await liveSessions(gateway.url)).size };
    return [...rows(readings, left), ...callRows(found, log.lines), ...perCall];
  } finally {
    redis.disconnect();
    await line.twilio.close();
    await gateway.stop();
  }
}

/** Runs `work` for 0 to `count` - 1, so many at a time. */
async function inTurn(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function run(count: number, line: SoakLine, { delays, problems }: Run): Promise<void> {
  const ways = Object.entries(WAYS);
  const begun = delays.length;
  await inTurn(count, async (n) => {
    const [name, end] = ways[n % ways.length] as [string, OddCall];
    delays[begun + n] = await end(line, numberOf(begun + n)).catch((error: unknown) => {
      problems.push(`${name}: ${error instanceof Error ? error.message : error}`);
      return null;
    });
  });
}

/** What a live call costs. */
async function weighCalls(gateway: GatewayProcess, { twilio }: SoakLine): Promise<DrillRow[]> {
  await untilPrepared(gateway);
  await untilQuiet(gateway);
  const without = await weigh(gateway);
  const calls: TwilioCall[] = [];
  for (let n = 0; n < HELD; n++) {
    calls.push(...callFrom(twilio, 4_000_000 + n, 1).map(({ call }) => call));
    await pause(RING_MS);
  }
  await pause(HELD_MS);
  const during = await weigh(gateway);
  const held = calls.filter(({ state }) => state === 'streaming').length;
  await Promise.all(calls.map((call) => call.hangUp()));
  const heapKb = (during.heapUsed - without.heapUsed) / held / 1024;
  const rssMb = (during.rss - without.rss) / held / MB;
  const fault = `${held} live calls`;
  return [
    {
      fault,
      required: 'at most 200 kB of heap a call',
      seen: `${heapKb.toFixed(0)} kB`,
      held: heapKb <= 200,
    },
    {
      fault,
      required: 'at most 1.5 MB of resident memory a call',
      seen: `${rssMb.toFixed(2)} MB`,
      held: rssMb <= 1.5,
    },
  ];
}

function differs(readings: readonly Reading[]): boolean {
  const [first, last] = [readings[0], readings.at(-1)];
  return first !== undefined && last !== undefined && differences(first, last).length > 0;
}

async function readInQuiet(gateway: GatewayProcess): Promise<Reading> {
  await fillPool(gateway);
  await untilQuiet(gateway);
  return read(gateway);
}

/** A pool opens another connection only when all are busy, and keeps it. Filled before each look, it has the same number every time. */
async function fillPool({ url }: GatewayProcess): Promise<void> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, connection: 'close' };
  const asked = Array.from({ length: ASKED_AT_ONCE }, () => fetch(`${url}/api/customers`, { headers }));
  for (const response of await Promise.all(asked)) await response.text();
}

/** Every common prompt is made, and the voice has given back what it took for that. */
async function untilPrepared(gateway: GatewayProcess): Promise<void> {
  let isSame = false;
  for (let before = ''; !isSame; await pause(PREPARED_MS)) {
    const response = await fetch(`${gateway.url}/metrics`, { headers: { connection: 'close' } });
    const made = /^bayline_speech_seconds_count.*$/m.exec(await response.text())?.[0] ?? '';
    const { rss } = await weigh(gateway);
    const now = `${made}, ${Math.round(rss / MB / 8)}`;
    isSame = now === before;
    before = now;
  }
}

function rows(readings: readonly Reading[], left: { keys: string[]; live: number }): DrillRow[] {
  const fault = `${CALLS} calls`;
  const heaps = readings.slice(0, PARTS + 1).map(({ memory }) => memory.heapUsed);
  const grownMb = (slope(heaps) * PARTS * 10_000) / CALLS / MB;
  const [before, after] = [readings[0], readings.at(-1)];
  const changed = before && after ? differences(before, after) : [];
  const { keys, live } = left;
  return [
    {
      fault,
      required: 'heap after garbage collection grows by at most 1 MB in 10,000 calls',
      seen: `${grownMb.toFixed(2)} MB in 10,000 calls; at first ${megabytes(before)}; at the end ${megabytes(after)}`,
      held: grownMb <= 1,
    },
    {
      fault,
      required: 'sockets, timers, listeners and what calls are made of exactly as before',
      seen:
        changed.length === 0
          ? `${Object.keys(after?.counts ?? {}).length} counts as before`
          : changed.join('; '),
      held: changed.length === 0,
    },
    {
      fault,
      required: 'no session and no key without a time to live in Redis, no call live',
      seen: `${keys.length} keys${keys.length > 0 ? ` (${keys.slice(0, 3).join(', ')})` : ''}, ${live} live`,
      held: keys.length === 0 && live === 0,
    },
  ];
}

/** By how much values grow from one to the next: the line that fits them best. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const spread = values.reduce((sum, _, n) => sum + (n - middle) ** 2, 0);
  return values.reduce((sum, value, n) => sum + (n - middle) * value, 0) / spread;
}

function callRows({ delays, problems }: Run, logged: readonly string[]): DrillRow[] {
  const fault = `${CALLS} calls`;
  const faults = [...problems, ...logged];
  const [first, last] = [p99(delays.slice(0, COMPARED)), p99(delays.slice(-COMPARED))];
  return [
    {
      fault,
      required: `greeting p99 of the last ${COMPARED} calls at most 1.1 times that of the first (and 10 ms)`,
      seen: `${last.toFixed(1)} ms, ${first.toFixed(1)} ms at first`,
      held: last <= 1.1 * first + 10,
    },
    {
      fault,
      required: 'each ends as it was to end, no error is logged',
      seen:
        faults.length === 0 ? `${CALLS} of ${CALLS}` : `${faults.length}: ${faults.slice(0, 3).join('; ')}`,
      held: faults.length === 0,
    },
  ];
}

function p99(delays: readonly (number | null)[]): number {
  const sorted = delays.filter((delay) => delay !== null).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}

function megabytes(reading: Reading | undefined): string {
  if (!reading) return 'nothing';
  const { heapUsed, external, arrayBuffers, rss } = reading.memory;
  const [heap, out, buffers, all] = [heapUsed, external, arrayBuffers, rss].map((bytes) =>
    (bytes / MB).toFixed(1),
  );
  return `heap ${heap}, external ${out} (buffers ${buffers}), resident ${all} MB`;
}

function tell(line: string): void {
  process.stderr.write(`${Math.round(performance.now() / 1000)} s: ${line}\n`);
}
