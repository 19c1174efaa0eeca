import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { isThere } from '../../test/support/is-there.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { bookByKeys } from './booking-caller.js';
import { BookLook } from './bookings-told.js';
import { silenceOf } from './call-fate.js';
import {
  callFrom,
  redisAt,
  type SharedStores,
  startInShop,
  storedSession,
  testDatabaseUrl,
  twilioFor,
} from './shared-shop.js';

const WORKERS = 3;
const CALLS = 50;
const ROUNDS = Number(process.env.DRILL_ROUNDS ?? 10);
/** A worker is killed within so many ms after the calls have begun. */
const MOMENTS_MS = 4000;
const AUDIO_WITHIN_MS = 3000;
const REPLACED_WITHIN_MS = 10_000;
const PREPARED_MS = 3000;

export const topic: Drill = {
  title: `kill -9 of one of ${WORKERS} workers of a gateway with ${CALLS} calls that book, at a random moment, ${ROUNDS} rounds`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
    const gateway = await startInShop(stores, { WORKERS: String(WORKERS) });
    const redis = redisAt(server.url);
    try {
      const rounds: Round[] = [];
      for (let n = 0; n < ROUNDS; n++) rounds.push(await round(gateway, redis, n));
      return await rowsOf(rounds, stores);
    } finally {
      redis.disconnect();
      await gateway.stop();
      await server.stop();
      await database.drop();
    }
  },
};

interface Round {
  readonly callSids: readonly string[];
  readonly problems: readonly string[];
  /** Calls of workers that live on, whose streams broke all the same. */
  readonly disturbed: number;
  /** Of the calls that were picked up again: ms from the broken stream to the first audio. */
  readonly silencesMs: readonly number[];
  readonly replacedMs: number;
}

async function round(gateway: GatewayProcess, redis: Redis, n: number): Promise<Round> {
  await untilPrepared(gateway);
  const twilio = twilioFor(gateway);
  const calls = callFrom(twilio, 7_000_000 + n * 100, CALLS).map(({ call }) => call);
  const walks = calls.map((call) => bookByKeys(call, (callSid) => storedSession(redis, callSid)));
  await Promise.all(calls.map((call) => call.untilSpeaking()));
  await pause(Math.random() * MOMENTS_MS);
  const startedAt = new Map(said(gateway, 'Call started').map(({ call_sid, worker }) => [call_sid, worker]));
  const listening = said(gateway, 'A worker listens');
  const living = listening.filter(({ pid }) => pid !== undefined && isThere(pid));
  const doomed = living[n % living.length];
  if (doomed?.pid === undefined) throw new Error('No worker has said that it listens.');
  process.kill(doomed.pid, 'SIGKILL');
  const replacedMs = await untilReplaced(gateway, listening.length);
  const problems = (await Promise.all(walks)).flat();
  await twilio.close();
  const broken = calls.filter(({ record }) => record.of('stream-started').length > 1);
  return {
    callSids: calls.map(({ callSid }) => callSid),
    problems,
    disturbed: broken.filter(({ callSid }) => startedAt.get(callSid) !== doomed.worker).length,
    silencesMs: broken.flatMap((call) => silenceOf(call).silenceMs ?? []),
    replacedMs,
  };
}

interface LogLine {
  readonly msg: string;
  readonly call_sid?: string;
  readonly worker?: number;
  readonly pid?: number;
}

/** What the gateway has logged in these words so far, in its order. */
function said(gateway: GatewayProcess, words: string): LogLine[] {
  const lines: LogLine[] = gateway.log
    .filter((line) => line.includes(`"${words}"`))
    .map((line) => JSON.parse(line));
  return lines.filter(({ msg }) => msg === words);
}

/** Every worker has made its prompts: nothing more is said to itself. */
async function untilPrepared({ url }: GatewayProcess): Promise<void> {
  const made = async () => {
    const response = await fetch(`${url}/metrics`, { headers: { connection: 'close' } });
    return /^bayline_speech_seconds_count.*$/m.exec(await response.text())?.[0] ?? '';
  };
  for (let before = await made(), now = ''; now !== before; await pause(PREPARED_MS))
    [before, now] = [now, await made()];
}

/** Settles with the ms until one more worker listens; with Infinity when none comes. */
async function untilReplaced(gateway: GatewayProcess, before: number): Promise<number> {
  const diedAt = performance.now();
  while (performance.now() - diedAt < 2 * REPLACED_WITHIN_MS) {
    if (said(gateway, 'A worker listens').length > before) return performance.now() - diedAt;
    await pause(20);
  }
  return Number.POSITIVE_INFINITY;
}

async function rowsOf(rounds: readonly Round[], stores: SharedStores): Promise<DrillRow[]> {
  const callSids = rounds.flatMap((each) => each.callSids);
  const booked = await BookLook.of(stores.DATABASE_URL, (book) => book.booked(callSids));
  const problems = rounds.flatMap((each) => each.problems);
  const silences = rounds.flatMap(({ silencesMs }) => silencesMs).sort((a, b) => a - b);
  const slowest = Math.max(...rounds.map(({ replacedMs }) => replacedMs));
  const disturbed = rounds.reduce((sum, each) => sum + each.disturbed, 0);
  const once = booked.filter((rows) => rows === 1).length;
  const worst = silences.at(-1) ?? Number.POSITIVE_INFINITY;
  const fault = `kill -9 of a worker, ${callSids.length} calls`;
  const row = (required: string, seen: string, held: boolean): DrillRow => ({ fault, required, seen, held });
  return [
    row(
      `audio again within ${AUDIO_WITHIN_MS} ms of the broken stream`,
      `median ${silences[silences.length >> 1]?.toFixed(0)} ms, worst ${worst.toFixed(0)} ms, of ${silences.length} resumed`,
      worst <= AUDIO_WITHIN_MS,
    ),
    row("no call of another worker's is disturbed", `${disturbed} are`, disturbed === 0),
    row(
      'every call goes on to its booking',
      problems.slice(0, 5).join('; ') || `${callSids.length} of ${callSids.length}`,
      problems.length === 0,
    ),
    row(
      'each booked once',
      `${once} once, ${booked.filter((rows) => rows > 1).length} twice`,
      once === callSids.length,
    ),
    row(
      `another worker listens within ${REPLACED_WITHIN_MS / 1000} s`,
      `${slowest.toFixed(0)} ms at most`,
      slowest <= REPLACED_WITHIN_MS,
    ),
  ];
}
