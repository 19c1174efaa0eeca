import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { Session } from '../../src/sessions/session.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { bookByKeys } from './booking-caller.js';
import { BookLook, type HeardTurn } from './bookings-told.js';
import { raceAtTheDesk } from './desk-races.js';
import { finishedCalls, liveSessions } from './gateway-views.js';
import { callFrom, redisAt, startInShop, storedSession, testDatabaseUrl, twilioFor } from './shared-shop.js';

const PAIRS = Number(process.env.DRILL_PAIRS ?? 102);
/** Pairs at once, each at another of the times offered. */
const AT_ONCE = 3;
const TOLD_WITHIN_MS = 1000;
/** How long a caller who lost listens before choosing again. */
const LISTEN_MS = 1500;
const ONE_BAY = { SHOP_BAYS: '1' };

type Look = (callSid: string) => Promise<Session | null>;

export const topic: Drill = {
  title: `${PAIRS} pairs of calls take the same place together`,
  async drill() {
    return [
      ...(await twoGateways()),
      ...(await oneGateway()),
      ...(await raceAtTheDesk(testDatabaseUrl(), PAIRS)),
    ];
  },
};

async function twoGateways(): Promise<DrillRow[]> {
  const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
  const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
  const gateways = await Promise.all([startInShop(stores, ONE_BAY), startInShop(stores, ONE_BAY)]);
  const redis = redisAt(server.url);
  try {
    const twilios = gateways.map(twilioFor);
    const { callSids, problems } = await race(twilios, (callSid) => storedSession(redis, callSid));
    const [rows, turns] = await BookLook.of(database.url, async (book) => {
      const told = await book.told(callSids);
      return [told.map((call) => call.rows), await book.turns(callSids)] as const;
    });
    return rowsOf('two gateways, PostgreSQL', problems, rows, turns);
  } finally {
    redis.disconnect();
    await Promise.all(gateways.map((gateway) => gateway.kill()));
    await server.stop();
    await database.drop();
  }
}

async function oneGateway(): Promise<DrillRow[]> {
  const gateway = await startInShop({}, ONE_BAY);
  try {
    const look: Look = async (callSid) => (await liveSessions(gateway.url)).get(callSid) ?? null;
    const twilio = twilioFor(gateway);
    const { callSids, problems } = await race([twilio, twilio], look);
    const finished = await finishedCalls(gateway.url, callSids);
    const rows = finished.map(({ outcome }) => (outcome === 'booked' ? 1 : 0));
    const turns = finished.map(({ transcript }) => transcript);
    return rowsOf('one gateway, PGlite', problems, rows, turns);
  } finally {
    await gateway.kill();
  }
}

async function race(twilios: readonly TwilioSimulator[], look: Look) {
  const callSids: string[] = [];
  const problems: string[] = [];
  for (let pair = 0; pair < PAIRS; pair += AT_ONCE) {
    const calls = twilios.flatMap((twilio, side) =>
      callFrom(twilio, 4_000_000 + pair * 100 + side * 10, AT_ONCE).map(({ call }) => call),
    );
    callSids.push(...calls.map(({ callSid }) => callSid));
    problems.push(...(await together(calls, look)));
    process.stderr.write(`pair ${pair + AT_ONCE} of ${PAIRS}\n`);
  }
  return { callSids, problems };
}

/** Each pair chooses its time at one moment; who loses chooses again, until all have booked. */
async function together(calls: readonly TwilioCall[], look: Look): Promise<string[]> {
  let arrived = 0;
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const walk = (call: TwilioCall, n: number) => {
    let visits = 0;
    const before = (state: string): Promise<unknown> | undefined => {
      if (state !== 'booking') return undefined;
      visits += 1;
      if (visits > 1) return pause(LISTEN_MS);
      arrived += 1;
      if (arrived === calls.length) start();
      return started;
    };
    return bookByKeys(call, look, { thinkMs: 0, patient: false, before, timeKey: String((n % AT_ONCE) + 1) });
  };
  return (await Promise.all(calls.map(walk))).flat();
}

function rowsOf(
  fault: string,
  problems: readonly string[],
  rows: readonly number[],
  turns: readonly (readonly HeardTurn[])[],
): DrillRow[] {
  const once = rows.filter((count) => count === 1).length;
  const lost = turns.flatMap((call) => answerTimes(call, /^I am sorry, that time/)).sort((a, b) => a - b);
  const [median = 0, worst = 0] = [lost[lost.length >> 1], lost.at(-1)];
  return [
    {
      fault,
      required: 'each booked once, at a time of its own, none left waiting',
      seen: `${once} of ${2 * PAIRS}${problems.length > 0 ? `; ${problems.slice(0, 3).join('; ')}` : ''}`,
      held: problems.length === 0 && rows.length === 2 * PAIRS && once === rows.length,
    },
    {
      fault,
      required: `who loses is told within ${TOLD_WITHIN_MS} ms of the key`,
      seen: `${lost.length} times: median ${median} ms, worst ${worst} ms`,
      held: lost.length >= PAIRS && worst <= TOLD_WITHIN_MS,
    },
  ];
}

/** From the key before to the beginning of each turn of the agent that begins so (ms). */
function answerTimes(turns: readonly HeardTurn[], words: RegExp): number[] {
  return turns.flatMap((turn, at) => {
    const key = turns.slice(0, at).findLast(({ role }) => role === 'user');
    const fits = key && turn.role === 'assistant' && words.test(turn.content);
    return fits ? [Date.parse(turn.timestamp) - Date.parse(key.timestamp)] : [];
  });
}
