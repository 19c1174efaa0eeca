import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { readSession } from '../../src/sessions/session-text.js';
import { restoreSession } from '../../src/sessions/stored-session.js';
import { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { DrillRow } from '../drill-topic.js';
import { liveSessions } from './gateway-views.js';

const KEYS_EVERY_MS = 700;
const PATIENCE_MS = 60_000;
/** How soon every session must be stored as it lives once Redis answers. */
export const EQUAL_WITHIN_MS = 3000;

/** A gateway with calls on it, its Redis, and the network between them. */
export interface RedisRig {
  readonly server: RedisServer;
  readonly network: TcpProxy;
  readonly gateway: GatewayProcess;
  readonly twilio: TwilioSimulator;
}

export interface RigOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Of the gateway's process, instead of `main`. */
  readonly program?: string;
  /** Further arguments of the Redis server. */
  readonly redis?: readonly string[];
}

/** Starts a rig for `work` and takes it down again. */
export async function withRig<T>(options: RigOptions, work: (rig: RedisRig) => Promise<T>): Promise<T> {
  const server = await RedisServer.start(options.redis);
  const network = await TcpProxy.listen({ host: '127.0.0.1', port: server.port });
  const settings = { REDIS_URL: `redis://127.0.0.1:${network.port}`, ...options.settings };
  const { program } = options;
  const gateway = await GatewayProcess.start(settings, program ? { program } : {});
  const twilio = new TwilioSimulator({ gatewayUrl: gateway.url });
  try {
    return await work({ server, network, gateway, twilio });
  } finally {
    await twilio.close();
    await gateway.stop();
    await network.close();
    await server.stop();
  }
}

/** So many calls, each at its greeting. */
export async function speakingCalls(twilio: TwilioSimulator, count: number): Promise<TwilioCall[]> {
  const calls = Array.from({ length: count }, () =>
    twilio.call({ keepAudio: false, patienceMs: PATIENCE_MS }),
  );
  await Promise.all(calls.map((call) => call.untilSpeaking()));
  return calls;
}

/** Callers press keys all the time, so that their sessions change; ends with what it returns. */
export function keepPressing(calls: readonly TwilioCall[]): () => Promise<void> {
  const stop = new AbortController();
  const pressing = Promise.all(calls.map((call) => pressKeys(call, stop.signal)));
  return async () => {
    stop.abort();
    await pressing;
  };
}

async function pressKeys(call: TwilioCall, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    call.press('*');
    await pause(Math.random() * 2 * KEYS_EVERY_MS);
  }
}

/** How long it took until each of `count` sessions was stored as it lives; null: longer than `limitMs`. */
export async function untilEqual(
  redisUrl: string,
  gateway: GatewayProcess,
  count: number,
  limitMs = 15_000,
): Promise<number | null> {
  const redis = new Redis(redisUrl);
  redis.on('error', () => {});
  const startedAt = performance.now();
  try {
    while (performance.now() - startedAt < limitMs) {
      if (await areEqual(redis, gateway.url, count)) return performance.now() - startedAt;
      await pause(25);
    }
    return null;
  } finally {
    redis.disconnect();
  }
}

async function areEqual(redis: Redis, gatewayUrl: string, count: number): Promise<boolean> {
  const live = await liveSessions(gatewayUrl);
  const texts = await redis.mget([...live.keys()].map((callSid) => `session:${callSid}`));
  const isEqual = [...live].map(([callSid, session], n) => {
    const text = texts[n];
    const stored = text ? restoreSession(callSid, readSession(text)) : null;
    return (
      JSON.stringify({ ...session, last_updated: '' }) === JSON.stringify({ ...stored, last_updated: '' })
    );
  });
  return live.size === count && isEqual.every(Boolean);
}

/** The row that says so. */
export function equalRow(fault: string, count: number, tookMs: number | null): DrillRow {
  return {
    fault,
    required: `every session stored as it lives within ${EQUAL_WITHIN_MS / 1000} s of Redis answering`,
    seen: tookMs === null ? 'not within 15 s' : `${count} of ${count} after ${tookMs.toFixed(0)} ms`,
    held: tookMs !== null && tookMs <= EQUAL_WITHIN_MS,
  };
}
