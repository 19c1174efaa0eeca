import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Drill, DrillRow } from '../src/cli/drill-topic.js';
import type { Session } from '../src/sessions/session.js';
import type { TwilioCall } from '../src/simulator/twilio-call.js';
import type { GatewayProcess } from '../test/support/gateway-process.js';
import { RedisServer } from '../test/support/redis-server.js';
import { createServerDatabase } from '../test/support/test-database.js';
import { bookByKeys } from './booking-caller.js';
import { liveSessions } from './gateway-views.js';
import {
  callFrom,
  type SharedStores,
  startInShop,
  storedSession,
  testDatabaseUrl,
  twilioFor,
} from './shared-shop.js';

const ROUNDS = Number(process.env.DRILL_ROUNDS ?? 20);
const CALLS = 50;
/** A gateway is killed within so many ms after its calls have begun. */
const MOMENTS_MS = 4000;
const AUDIO_WITHIN_MS = 3000;
const LOST_WITHIN_MS = 250;

/** What became of one call. */
interface Fate {
  /** From the broken stream to the first audio after it; null when the call was over by then. */
  readonly silenceMs: number | null;
  /** How long before the kill the last change was made that the heir does not know; 0 when it knows all. */
  readonly lostMs: number;
  readonly callerPhone: string;
  readonly problems: readonly string[];
}

export const topic: Drill = {
  title: `kill -9 of one of two gateways with ${CALLS} calls that book, at a random moment, ${ROUNDS} rounds`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    const shop = new Shop({ REDIS_URL: server.url, DATABASE_URL: database.url });
    try {
      const fates: Fate[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        fates.push(...(await shop.round(round)));
        process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`);
      }
      return rowsOf(fates, await shop.bookings());
    } finally {
      await shop.close();
      await server.stop();
      await database.drop();
    }
  },
};

/** A shop whose gateways share Redis and database; in each round one of two dies. */
class Shop {
  readonly #redis: Redis;
  readonly #stores: SharedStores;
  #standby: GatewayProcess | null = null;

  constructor(stores: SharedStores) {
    this.#redis = new Redis(stores.REDIS_URL);
    this.#stores = stores;
  }

  async round(round: number): Promise<Fate[]> {
    const doomed = this.#standby ?? (await startInShop(this.#stores));
    const heir = await startInShop(this.#stores);
    this.#standby = heir;
    const twilio = twilioFor(doomed);
    const calls = callFrom(twilio, 5_000_000 + round * 100, CALLS);
    const walks = calls.map(({ call }) => bookByKeys(call, (callSid) => storedSession(this.#redis, callSid)));
    await Promise.all(calls.map(({ call }) => call.untilSpeaking()));
    await pause(Math.random() * MOMENTS_MS);
    const before = await liveSessions(doomed.url);
    const killedAt = Date.now();
    // As behind a balancer that passes over a gateway that refuses connections.
    twilio.routeTo(heir.url);
    await doomed.kill();
    const resumed = calls.map(({ call }) => this.#untilResumed(call));
    const problems = await Promise.all(walks);
    await twilio.close();
    return Promise.all(
      calls.map(async ({ from, call }, n) => ({
        callerPhone: from,
        silenceMs: silenceOf(call),
        lostMs: lost(before.get(call.callSid), (await resumed[n]) ?? null, killedAt),
        problems: problems[n] ?? [],
      })),
    );
  }

  /** Who booked. */
  async bookings(): Promise<string[]> {
    const client = new pg.Client({ connectionString: this.#stores.DATABASE_URL });
    await client.connect();
    const query = "select caller_phone from appointments where status = 'booked'";
    const { rows } = await client.query<{ caller_phone: string }>(query);
    await client.end();
    return rows.map((row) => row.caller_phone);
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await this.#standby?.stop();
  }

  /** The session as the heir first stores it; null when the call ended before. */
  async #untilResumed(call: TwilioCall): Promise<Session | null> {
    while (call.state !== 'ended') {
      const session = await storedSession(this.#redis, call.callSid);
      if (session && session.resumes > 0) return session;
      await pause(20);
    }
    return null;
  }
}

function silenceOf({ record }: TwilioCall): number | null {
  const [next] = record.of('request').filter(({ purpose }) => purpose === 'redirect' || purpose === 'action');
  const [broken] = record.of('stream-ended');
  if (!next || !broken) return null;
  const audio = record.of('agent-speaks').find(({ at }) => at > broken.at);
  return audio ? audio.at - broken.at : Number.POSITIVE_INFINITY;
}

/** The age, at the kill, of the oldest state that the heir does not know. */
function lost(before: Session | undefined, resumed: Session | null, killedAt: number): number {
  if (!before || !resumed) return before ? Number.POSITIVE_INFINITY : 0;
  const known = new Set(resumed.states.map(({ name, time }) => `${name} ${time}`));
  const missing = before.states.filter(({ name, time }) => !known.has(`${name} ${time}`));
  return Math.max(0, ...missing.map(({ time }) => killedAt - Date.parse(time)));
}

function rowsOf(fates: readonly Fate[], booked: readonly string[]): DrillRow[] {
  const silences = fates.flatMap(({ silenceMs }) => silenceMs ?? []).sort((a, b) => a - b);
  const [median = 0, worst = 0] = [silences[silences.length >> 1], silences.at(-1)];
  const lostMs = Math.max(...fates.map((fate) => fate.lostMs));
  const bookings = fates.map(({ callerPhone }) => booked.filter((phone) => phone === callerPhone).length);
  const count = (fits: (n: number) => boolean) => bookings.filter(fits).length;
  const problems = fates.flatMap((fate) => fate.problems);
  const fault = `kill -9, ${fates.length} calls`;
  const row = (required: string, seen: string, held: boolean) => ({ fault, required, seen, held });
  return [
    row(
      `audio again within ${AUDIO_WITHIN_MS} ms of the broken stream`,
      `median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms of ${silences.length} resumed`,
      worst <= AUDIO_WITHIN_MS,
    ),
    row(
      `at most ${LOST_WITHIN_MS} ms of changes lost`,
      `${lostMs.toFixed(0)} ms at most`,
      lostMs <= LOST_WITHIN_MS,
    ),
    row(
      'every call goes on to its booking',
      problems.length === 0 ? `${fates.length} of ${fates.length}` : problems.slice(0, 5).join('; '),
      problems.length === 0,
    ),
    row(
      'each booked once',
      `${count((n) => n === 1)} once, ${count((n) => n > 1)} twice, ${count((n) => n === 0)} not`,
      count((n) => n === 1) === fates.length,
    ),
  ];
}
