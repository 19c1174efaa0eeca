import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { Session } from '../../src/sessions/session.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { bookByKeys } from './booking-caller.js';
import { BookLook, type Told } from './bookings-told.js';
import { astrayOf, type Fate, lostOf, silenceOf } from './call-fate.js';
import { liveSessions } from './gateway-views.js';
import {
  callFrom,
  redisAt,
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

export const topic: Drill = {
  title: `kill -9 of one of two gateways with ${CALLS} calls that book, at a random moment, ${ROUNDS} rounds`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    const shop = new Shop({ REDIS_URL: server.url, DATABASE_URL: database.url });
    try {
      const [fates, emptied]: [Fate[], Fate[]] = [[], []];
      for (let round = 0; round < ROUNDS; round++) {
        // Once in five rounds Redis loses everything at the same moment.
        if (round % 5 === 0) emptied.push(...(await shop.round(round, true)));
        const those = await shop.round(round, false);
        process.stderr.write(`round ${round + 1} of ${ROUNDS}: ${problemsOf(those) || 'well'}\n`);
        fates.push(...those);
      }
      return rowsOf(fates, emptied, await shop.books([...fates, ...emptied]));
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
    this.#redis = redisAt(stores.REDIS_URL);
    this.#stores = stores;
  }

  async round(round: number, isEmptied: boolean): Promise<Fate[]> {
    const doomed = this.#standby ?? (await startInShop(this.#stores));
    const heir = await startInShop(this.#stores);
    this.#standby = heir;
    const twilio = twilioFor(doomed);
    const calls = callFrom(twilio, 5_000_000 + round * 200 + (isEmptied ? 100 : 0), CALLS);
    const ended = calls.map(({ call }) => call.untilEnded().then(() => Date.now()));
    const walks = calls.map(({ call }) => bookByKeys(call, (callSid) => storedSession(this.#redis, callSid)));
    await Promise.all(calls.map(({ call }) => call.untilSpeaking()));
    await pause(Math.random() * MOMENTS_MS);
    const before = await liveSessions(doomed.url);
    const killedAt = Date.now();
    // As behind a balancer that passes over a gateway that refuses connections.
    twilio.routeTo(heir.url);
    await Promise.all([doomed.kill(), isEmptied ? this.#redis.flushall() : null]);
    const resumed = calls.map(({ call }) => this.#untilResumed(call));
    const problems = await Promise.all(walks);
    await twilio.close();
    return Promise.all(
      calls.map(async ({ call }, n) => {
        const [was, is] = [before.get(call.callSid), (await resumed[n]) ?? null];
        // A call that did not have to be picked up had its booking, or is a problem.
        const lostMs = is ? lostOf(was, is, killedAt) : 0;
        return {
          callSid: call.callSid,
          ...silenceOf(call),
          lostMs,
          endedBeforeMs: killedAt - ((await ended[n]) ?? killedAt),
          astray: astrayOf(was, is, lostMs),
          foreign: call.record.protocolErrors.length,
          problems: problems[n] ?? [],
        };
      }),
    );
  }

  /** What is in the book and in the call log. */
  async books(fates: readonly Fate[]): Promise<Books> {
    const callSids = fates.map(({ callSid }) => callSid);
    return await BookLook.of(this.#stores.DATABASE_URL, async (book) => {
      const told = await book.told(callSids);
      const booked = await book.booked(callSids);
      return { told, booked: new Map(callSids.map((callSid, n) => [callSid, booked[n] ?? 0])) };
    });
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await this.#standby?.kill();
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

interface Books {
  readonly told: readonly Told[];
  readonly booked: ReadonlyMap<string, number>;
}

function rowsOf(fates: readonly Fate[], emptied: readonly Fate[], { told, booked }: Books): DrillRow[] {
  const fault = `kill -9, ${fates.length} calls`;
  const row = (required: string, seen: string, held: boolean) => ({ fault, required, seen, held });
  const most = (of: (fate: Fate) => number) => Math.max(0, ...fates.map(of));
  const lostMs = most(({ lostMs }) => lostMs);
  const problems = fates.flatMap((fate) => fate.problems);
  const astray = fates.flatMap((fate) => fate.astray ?? []);
  const rows = [...booked.values()];
  const count = (fits: (n: number) => boolean) => rows.filter(fits).length;
  const foreign = [...fates, ...emptied].reduce((sum, fate) => sum + fate.foreign, 0);
  const recorded = new Set(told.flatMap(({ callSid, outcome }) => (outcome === 'booked' ? callSid : [])));
  const missing = fates.filter(({ callSid }) => !recorded.has(callSid));
  const lostRows = missing.filter(({ endedBeforeMs }) => Math.abs(endedBeforeMs) > LOST_WITHIN_MS);
  return [
    ...audioRows(fault, fates),
    row(
      `at most ${LOST_WITHIN_MS} ms of changes lost`,
      `${lostMs.toFixed(0)} ms at most`,
      lostMs <= LOST_WITHIN_MS,
    ),
    row(
      'each goes on in its state, or the next one',
      astray.length === 0 ? 'all' : `${astray.length} elsewhere: ${astray.slice(0, 3).join('; ')}`,
      astray.length === 0,
    ),
    row('nothing of another stream is heard', `${foreign} messages`, foreign === 0),
    row(
      'every call goes on to its booking',
      problems.length === 0 ? `${fates.length} of ${fates.length}` : problems.slice(0, 5).join('; '),
      problems.length === 0,
    ),
    row(
      'each booked once',
      `${count((n) => n === 1)} once, ${count((n) => n > 1)} twice, ${count((n) => n === 0)} not`,
      count((n) => n === 1) === rows.length,
    ),
    row(
      `each recorded as booked, but for those that ended within ${LOST_WITHIN_MS} ms of the kill`,
      `${fates.length - missing.length} recorded, ${missing.length - lostRows.length} had just ended, ${lostRows.length} missing`,
      lostRows.length === 0,
    ),
    ...audioRows(`kill -9 and Redis emptied, ${emptied.length} calls`, emptied),
    {
      fault: `kill -9 and Redis emptied, ${emptied.length} calls`,
      required: 'every call goes on, with a new greeting, to a booking',
      seen: problemsOf(emptied) || `${emptied.length} of ${emptied.length}`,
      held: problemsOf(emptied) === '',
    },
  ];
}

function problemsOf(fates: readonly Fate[]): string {
  return fates
    .flatMap((fate) => fate.problems)
    .slice(0, 5)
    .join('; ');
}

function audioRows(fault: string, fates: readonly Fate[]): DrillRow[] {
  const row = (since: string, times: readonly number[]): DrillRow => {
    const ms = [...times].sort((a, b) => a - b);
    const [median = 0, worst = 0] = [ms[ms.length >> 1], ms.at(-1)];
    return {
      fault,
      required: `audio again within ${AUDIO_WITHIN_MS} ms of ${since}`,
      seen: `median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms, of ${ms.length} resumed`,
      held: worst <= AUDIO_WITHIN_MS && ms.length > 0,
    };
  };
  const answered = fates.flatMap(({ sinceWebhookMs }) => sinceWebhookMs ?? []);
  const broken = fates.flatMap(({ silenceMs }) => silenceMs ?? []);
  return [row('the webhook that follows', answered), row('the broken stream', broken)];
}
