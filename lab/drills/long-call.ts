import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { keysWithoutEnd, leakedKeys } from './leaked-keys.js';

const TTL_SECONDS = 3;
const TTLS = 21;
const LOOK_MS = 50;
const KEY_MS = 700;
const GONE_WITHIN_MS = 1000;

/** What was seen of the stored session of one call. */
interface Life {
  readonly name: string;
  readonly call: TwilioCall;
  looks: number;
  missing: number;
  /** The least time to live that was left (ms); negative: a key without one. */
  leastMs: number;
}

export const topic: Drill = {
  title: `Calls of ${TTLS} times to live (${TTL_SECONDS} s each), over Redis`,
  async drill() {
    const server = await RedisServer.start();
    const settings = { REDIS_URL: server.url, AGENT: 'echo', SESSION_TTL_SECONDS: String(TTL_SECONDS) };
    const gateway = await GatewayProcess.start(settings);
    const twilio = new TwilioSimulator({ gatewayUrl: gateway.url });
    const redis = new Redis(server.url);
    try {
      return await longCalls(twilio, redis);
    } finally {
      redis.disconnect();
      await twilio.close();
      await gateway.stop();
      await server.stop();
    }
  },
};

async function longCalls(twilio: TwilioSimulator, redis: Redis): Promise<DrillRow[]> {
  const begin = (name: string): Life => {
    const call = twilio.call({ stir: null, keepAudio: false });
    return { name, call, looks: 0, missing: 0, leastMs: Number.POSITIVE_INFINITY };
  };
  const [busy, still] = [begin('A call with a key every 0.7 s'), begin('A call in which nothing changes')];
  const lives = [busy, still];
  await Promise.all(lives.map(({ call }) => call.untilSpeaking()));
  await untilStored(redis, lives);
  const endless = new Set<string>();
  const end = new AbortController();
  const keys = pressKeys(busy.call, end.signal);
  const until = performance.now() + TTLS * TTL_SECONDS * 1000;
  while (performance.now() < until) {
    await Promise.all(lives.map((life) => look(redis, life)));
    for (const key of await keysWithoutEnd(redis)) endless.add(key);
    await pause(LOOK_MS);
  }
  end.abort();
  await keys;
  await Promise.all(lives.map(({ call }) => call.hangUp()));
  return [...lives.map(storedRow), endlessRow(endless), await goneRow(redis)];
}

async function untilStored(redis: Redis, lives: readonly Life[]): Promise<void> {
  const keys = lives.map(({ call }) => `session:${call.callSid}`);
  while ((await redis.exists(keys)) < keys.length) await pause(LOOK_MS);
}

async function pressKeys(call: TwilioCall, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    call.press('5');
    await pause(KEY_MS);
  }
}

async function look(redis: Redis, life: Life): Promise<void> {
  const ttlMs = await redis.pttl(`session:${life.call.callSid}`);
  life.looks += 1;
  // -2: there is no such key; -1: it has no time to live.
  if (ttlMs === -2) life.missing += 1;
  else life.leastMs = Math.min(life.leastMs, ttlMs);
}

function storedRow({ name, looks, missing, leastMs }: Life): DrillRow {
  const third = (TTL_SECONDS * 1000) / 3;
  return {
    fault: name,
    required: `its session stored at every look, never less than a third (${third} ms) of its time to live left`,
    seen: `${looks - missing} of ${looks} looks, ${leastMs} ms left at least`,
    held: looks > 0 && missing === 0 && leastMs >= third,
  };
}

function endlessRow(keys: ReadonlySet<string>): DrillRow {
  return {
    fault: 'Both calls',
    required: 'no key without a time to live, at any look',
    seen: `${keys.size} ${[...keys].slice(0, 3).join(' ')}`,
    held: keys.size === 0,
  };
}

async function goneRow(redis: Redis): Promise<DrillRow> {
  const startedAt = performance.now();
  let keys = await leakedKeys(redis);
  while (keys.length > 0 && performance.now() - startedAt < GONE_WITHIN_MS) {
    await pause(LOOK_MS);
    keys = await leakedKeys(redis);
  }
  return {
    fault: 'Both callers hang up',
    required: `no session left within ${GONE_WITHIN_MS} ms`,
    seen: `${keys.length} keys after ${Math.round(performance.now() - startedAt)} ms`,
    held: keys.length === 0,
  };
}
