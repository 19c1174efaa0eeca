import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { Session } from '../../src/sessions/session.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { bookByKeys } from './booking-caller.js';
import { lostOf, silenceOf } from './call-fate.js';
import { drainAlone, drainWithTime, secondSignal } from './drain-scenes.js';
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

const CALLS = 50;
const DRAIN_SECONDS = 3;
const NOT_READY_WITHIN_MS = 1000;
const EXIT_WITHIN_MS = 2000;
const AUDIO_WITHIN_MS = 3000;

export const topic: Drill = {
  title: `A deploy: SIGTERM with ${CALLS} calls, ${DRAIN_SECONDS} s to finish, the rest goes on at another gateway`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    try {
      const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
      return [
        ...(await handOver(stores)),
        ...(await drainWithTime(stores)),
        await secondSignal(stores),
        await drainAlone(stores),
        await stopWithoutStores(server, stores),
      ];
    } finally {
      server.resume();
      await server.stop();
      await database.drop();
    }
  },
};

const start = (stores: SharedStores) => startInShop(stores, { DRAIN_TIMEOUT_SECONDS: String(DRAIN_SECONDS) });

async function handOver(stores: SharedStores): Promise<DrillRow[]> {
  const [old, next] = [await start(stores), await start(stores)];
  const redis = redisAt(stores.REDIS_URL);
  const twilio = twilioFor(old);
  const calls = callFrom(twilio, 6_000_000, CALLS).map(({ call }) => call);
  const walks = calls.map((call) => bookByKeys(call, (callSid) => storedSession(redis, callSid)));
  await Promise.all(calls.map((call) => call.untilSpeaking()));
  twilio.routeTo(next.url);
  const termAt = performance.now();
  const exited = old.stop().then((code) => ({ code, ms: performance.now() - termAt }));
  const notReadyMs = await untilNotReady(old.url, termAt);
  const last = lastSessions(old.url);
  const resumed = Promise.all(calls.map((call) => untilResumed(redis, call)));
  const problems = (await Promise.all(walks)).flat();
  const { code, ms } = await exited;
  const moved = calls.filter(({ record }) => record.of('stream-started').length > 1);
  const silence = Math.max(0, ...moved.map((call) => silenceOf(call).silenceMs ?? 0));
  const [before, after] = [await last, await resumed];
  const states = calls.map(({ callSid }, n) =>
    after[n] ? lostOf(before.sessions.get(callSid), after[n], before.at) : 0,
  );
  const lost = states.filter((ms) => ms > 0).length;
  await twilio.close();
  await next.stop();
  redis.disconnect();
  return rowsOf({ notReadyMs, problems, moved: moved.length, silence, lost, code, ms });
}

interface HandedOver {
  readonly notReadyMs: number;
  readonly problems: readonly string[];
  readonly moved: number;
  readonly silence: number;
  readonly lost: number;
  readonly code: number | null;
  readonly ms: number;
}

function rowsOf({ notReadyMs, problems, moved, silence, lost, code, ms }: HandedOver): DrillRow[] {
  const fault = `SIGTERM, ${CALLS} calls`;
  const limitMs = DRAIN_SECONDS * 1000 + EXIT_WITHIN_MS;
  return [
    {
      fault,
      required: `not ready within ${NOT_READY_WITHIN_MS} ms`,
      seen: `${notReadyMs.toFixed(0)} ms`,
      held: notReadyMs <= NOT_READY_WITHIN_MS,
    },
    {
      fault,
      required: 'no call lost: each ends there or goes on elsewhere, and books',
      seen:
        problems.length === 0
          ? `${CALLS} of ${CALLS}, ${moved} went on elsewhere`
          : problems.slice(0, 3).join('; '),
      held: problems.length === 0,
    },
    {
      fault,
      required: `at the limit: audio at the other gateway within ${AUDIO_WITHIN_MS} ms, no state lost`,
      seen: `${silence.toFixed(0)} ms at most, ${lost} states lost`,
      held: moved > 0 && silence <= AUDIO_WITHIN_MS && lost === 0,
    },
    {
      fault,
      required: `exit 0 within ${EXIT_WITHIN_MS} ms of the limit`,
      seen: `exit ${code} after ${ms.toFixed(0)} ms`,
      held: code === 0 && ms <= limitMs,
    },
  ];
}

/** The sessions of a gateway as it last showed them. */
async function lastSessions(url: string): Promise<{ sessions: Map<string, Session>; at: number }> {
  for (let last = { sessions: new Map<string, Session>(), at: 0 }; ; await pause(100)) {
    const sessions = await liveSessions(url).catch(() => null);
    if (!sessions) return last;
    if (sessions.size > 0) last = { sessions, at: Date.now() };
  }
}

/** The session as the other gateway first stores it; null when the call ended before. */
async function untilResumed(redis: Redis, call: TwilioCall): Promise<Session | null> {
  while (call.state !== 'ended') {
    const session = await storedSession(redis, call.callSid);
    if (session && session.resumes > 0) return session;
    await pause(20);
  }
  return null;
}

async function untilNotReady(url: string, since: number): Promise<number> {
  while (performance.now() - since < 10_000) {
    const status = await fetch(`${url}/health/ready`).then(
      (response) => response.status,
      () => 503,
    );
    if (status === 503) return performance.now() - since;
    await pause(10);
  }
  return Number.POSITIVE_INFINITY;
}

/** Nothing that a gateway waits for at its end may keep it. */
async function stopWithoutStores(server: RedisServer, stores: SharedStores): Promise<DrillRow> {
  const gateway = await start(stores);
  const calls = callFrom(twilioFor(gateway), 7_000_000, 5).map(({ call }) => call);
  await Promise.all(calls.map((call) => call.untilSpeaking()));
  server.pause();
  await Promise.all(calls.map((call) => call.hangUp()));
  const startedAt = performance.now();
  const code = await gateway.stop();
  const ms = performance.now() - startedAt;
  return {
    fault: 'SIGTERM after the last call, with Redis stopped',
    required: 'exit 0 within 5 s',
    seen: `exit ${code} after ${ms.toFixed(0)} ms`,
    held: code === 0 && ms <= 5000,
  };
}
