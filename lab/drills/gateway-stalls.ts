import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from '../../src/sessions/session.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { bookByKeys } from './booking-caller.js';
import { BookLook } from './bookings-told.js';
import { liveSessions } from './gateway-views.js';
import { callFrom, redisAt, startInShop, storedSession, testDatabaseUrl, twilioFor } from './shared-shop.js';

const CALLS = 20;
const STAYING = 10;
const ROUNDS = 3;
const STALL_MS = 4000;
/** A gateway stands still within so many ms after its calls have begun. */
const MOMENTS_MS = 3000;
const GIVEN_UP_WITHIN_MS = 3000;

/** What was seen in one round. */
interface Round {
  readonly callSids: readonly string[];
  readonly problems: readonly string[];
  /** Streams that the gateway closed with 1001 after it woke up. */
  readonly closed: number;
  readonly closedAfterMs: number;
  /** Sessions in Redis that were missing, or of the old gateway's stream, at some time after it woke up. */
  readonly touched: number;
}

export const topic: Drill = {
  title: `kill -STOP of a gateway for ${STALL_MS / 1000} s: ${CALLS} calls go on at another, ${STAYING} wait, ${ROUNDS} rounds`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    try {
      const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
      const rounds: Round[] = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push(await stall(stores, round));
      return await rowsOf(rounds, database.url);
    } finally {
      await server.stop();
      await database.drop();
    }
  },
};

async function stall(stores: { REDIS_URL: string; DATABASE_URL: string }, round: number): Promise<Round> {
  const [old, heir] = await Promise.all([startInShop(stores), startInShop(stores)]);
  const redis = redisAt(stores.REDIS_URL);
  // Twilio's side of the streams that move ends here, and the old gateway does not hear of it: as when a network breaks.
  const wire = await TcpProxy.listen({ host: '127.0.0.1', port: Number(new URL(old.url).port) });
  const closes = goingAwayOn(wire);
  const moving = twilioFor({ url: `http://127.0.0.1:${wire.port}` });
  const staying = twilioFor(old);
  try {
    const movers = callFrom(moving, 8_000_000 + round * 100, CALLS).map(({ call }) => call);
    const stayers = callFrom(staying, 8_000_050 + round * 100, STAYING).map(({ call }) => call);
    const calls = [...movers, ...stayers];
    const look = (callSid: string) => storedSession(redis, callSid);
    const walks = calls.map((call) => bookByKeys(call, look, { thinkMs: 800, patient: true }));
    await Promise.all(calls.map((call) => call.untilSpeaking()));
    await pause(Math.random() * MOMENTS_MS);
    const streams = new Map(movers.map(({ callSid, record }) => [callSid, streamOf(record)]));
    old.pause();
    wire.hold('toServer');
    moving.routeTo(heir.url);
    for (const call of movers) if (call.state === 'streaming') call.dropSocket();
    await pause(STALL_MS);
    const moved = movers.filter(({ record }) => record.of('stream-started').length > 1);
    old.resume();
    const wokeAt = performance.now();
    const movedSids = moved.map(({ callSid }) => callSid);
    const watched = watchSessions(look, movedSids, streams, heir.url);
    await untilGivenUp(old.url, movedSids);
    const touched = await watched.end();
    const problems = await Promise.all(walks);
    // Both may still be recording.
    await BookLook.of(stores.DATABASE_URL, (book) => book.told(calls.map(({ callSid }) => callSid)));
    const closedAfterMs = Math.max(0, ...closes.map((at) => at - wokeAt));
    return {
      callSids: calls.map(({ callSid }) => callSid),
      problems: problems.flat(),
      closed: closes.length - moved.length,
      closedAfterMs,
      touched,
    };
  } finally {
    await Promise.all([moving.close(), staying.close()]);
    await Promise.all([old.kill(), heir.kill()]);
    await wire.close();
    redis.disconnect();
  }
}

/** When each close frame with code 1001 came from the gateway, from now on (monotonic ms). */
function goingAwayOn(wire: TcpProxy): readonly number[] {
  const closes: number[] = [];
  wire.onChunk = (direction, chunk) => {
    if (direction === 'toClient' && isGoingAway(chunk)) closes.push(performance.now());
  };
  return closes;
}

/** A close frame with code 1001 (RFC 6455: FIN and opcode 8, length, code). */
function isGoingAway(chunk: Buffer): boolean {
  return chunk.indexOf(Buffer.from([0x03, 0xe9])) >= 2 && chunk.includes(0x88);
}

function streamOf(record: { of(kind: 'stream-started'): { streamSid: string }[] }): string {
  return record.of('stream-started').at(-1)?.streamSid ?? '';
}

async function untilGivenUp(url: string, callSids: readonly string[]): Promise<void> {
  const deadline = performance.now() + 2 * GIVEN_UP_WITHIN_MS;
  while (performance.now() < deadline) {
    const live = await liveSessions(url);
    if (!callSids.some((callSid) => live.has(callSid))) return;
    await pause(25);
  }
}

/** Looks at the stored sessions again and again: none may be the old stream's or gone while its call is live at the heir. */
function watchSessions(
  look: (callSid: string) => Promise<Session | null>,
  callSids: readonly string[],
  oldStreams: ReadonlyMap<string, string>,
  heirUrl: string,
) {
  const touched = new Set<string>();
  let watching = true;
  const work = (async () => {
    while (watching) {
      const live = await liveSessions(heirUrl);
      for (const callSid of callSids) {
        const session = await look(callSid);
        const isGone = session === null && live.has(callSid) && (await liveSessions(heirUrl)).has(callSid);
        if (isGone || session?.stream_sid === oldStreams.get(callSid)) touched.add(callSid);
      }
      await pause(20);
    }
  })();
  return {
    async end(): Promise<number> {
      await pause(1000);
      watching = false;
      await work;
      return touched.size;
    },
  };
}

async function rowsOf(rounds: readonly Round[], databaseUrl: string): Promise<DrillRow[]> {
  const fault = `kill -STOP for ${STALL_MS / 1000} s`;
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const callSids = rounds.flatMap((round) => round.callSids);
  const problems = rounds.flatMap((round) => round.problems);
  const told = await BookLook.of(databaseUrl, (book) => book.told(callSids));
  const once = told.filter(({ rows, heardBooked }) => rows === 1 && heardBooked).length;
  const late = Math.max(...rounds.map(({ closedAfterMs }) => closedAfterMs));
  const left = sum(({ closed }) => Math.abs(closed));
  const row = (required: string, seen: string, held: boolean) => ({ fault, required, seen, held });
  return [
    row(
      'each call, moved or not, books once and hears so; recorded once',
      `${once} of ${callSids.length}, ${told.length} recorded${problems.length ? `; ${problems.slice(0, 3).join('; ')}` : ''}`,
      once === callSids.length && told.length === callSids.length && problems.length === 0,
    ),
    row(
      `awake again, it closes what has moved with 1001 within ${GIVEN_UP_WITHIN_MS} ms`,
      left === 0 ? `all, after ${late.toFixed(0)} ms at most` : `${left} streams more or less`,
      left === 0 && late <= GIVEN_UP_WITHIN_MS,
    ),
    row(
      'and writes and deletes nothing of them',
      `${sum(({ touched }) => touched)} sessions touched`,
      sum(({ touched }) => touched) === 0,
    ),
  ];
}
