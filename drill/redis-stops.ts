import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Drill, DrillRow } from '../src/cli/drill-topic.js';
import { readSession } from '../src/sessions/session-text.js';
import { restoreSession } from '../src/sessions/stored-session.js';
import type { TwilioCall } from '../src/simulator/twilio-call.js';
import { TwilioSimulator } from '../src/simulator/twilio-simulator.js';
import { GatewayProcess } from '../test/support/gateway-process.js';
import { RedisServer } from '../test/support/redis-server.js';
import { FrameTimes } from './frame-times.js';
import { liveSessions } from './gateway-views.js';

const CALLS = 50;
const FAULT_MS = 10_000;
const KEYS_EVERY_MS = 700;
const SLOWER_BY_MS = 5;
const EQUAL_WITHIN_MS = 3000;

interface Fault {
  readonly name: string;
  begin(server: RedisServer): Promise<void>;
  end(server: RedisServer): Promise<void>;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'Redis stands still for 10 s (SIGSTOP)',
    begin: async (server) => server.pause(),
    end: async (server) => server.resume(),
  },
  {
    name: 'Redis dies, and is back empty after 10 s',
    begin: (server) => server.kill(),
    end: (server) => server.start(),
  },
];

export const topic: Drill = {
  title: `Redis under ${CALLS} live calls`,
  async drill() {
    const rows: DrillRow[] = [];
    for (const fault of FAULTS) rows.push(...(await frames(fault)), await sessions(fault));
    return rows;
  },
};

/** Callers who speak to the echo agent: what comes back tells what happened to each frame. */
async function frames(fault: Fault): Promise<DrillRow[]> {
  return withGateway({ AGENT: 'echo' }, async ({ server, twilio }) => {
    const times = Array.from({ length: CALLS }, () => new FrameTimes());
    const calls = times.map((time) => twilio.call({ keepAudio: false, onAudio: time.onAudio }));
    await Promise.all(calls.map((call) => call.untilState('streaming')));
    for (const call of calls) call.setVoice(Buffer.alloc(3 * FAULT_MS * 8, 0x2a));
    await pause(1000);
    const measured = async () => {
      for (const time of times) time.begin();
      await pause(FAULT_MS);
      return FrameTimes.sum(times);
    };
    const before = await measured();
    await fault.begin(server);
    const during = await measured();
    await fault.end(server);
    const { name } = fault;
    return [
      {
        fault: name,
        required: 'no frame dropped',
        seen: `${during.frames} of ${CALLS * (FAULT_MS / 20)} came back; ${before.frames} before`,
        // A frame more or less lies at the edges of the time that was measured.
        held: during.frames >= CALLS * (FAULT_MS / 20) - CALLS,
      },
      {
        fault: name,
        required: `frame p99 at most ${SLOWER_BY_MS} ms above the same run's baseline`,
        seen: `${during.p99.toFixed(1)} ms apart, ${before.p99.toFixed(1)} ms before`,
        held: during.p99 <= before.p99 + SLOWER_BY_MS,
      },
    ];
  });
}

/** Callers who press keys all the time: their sessions change while Redis is gone. */
async function sessions(fault: Fault): Promise<DrillRow> {
  return withGateway({}, async ({ server, gateway, twilio }) => {
    const calls = Array.from({ length: CALLS }, () => twilio.call({ keepAudio: false }));
    await Promise.all(calls.map((call) => call.untilSpeaking()));
    const stop = new AbortController();
    const pressing = calls.map((call) => pressKeys(call, stop.signal));
    await pause(2000);
    await fault.begin(server);
    await pause(FAULT_MS);
    stop.abort();
    await Promise.all(pressing);
    await fault.end(server);
    const tookMs = await untilEqual(server, gateway);
    return {
      fault: fault.name,
      required: `every session stored as it lives within ${EQUAL_WITHIN_MS / 1000} s of Redis answering`,
      seen: tookMs === null ? 'not within 15 s' : `${CALLS} of ${CALLS} after ${tookMs.toFixed(0)} ms`,
      held: tookMs !== null && tookMs <= EQUAL_WITHIN_MS,
    };
  });
}

async function pressKeys(call: TwilioCall, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    call.press('*');
    await pause(Math.random() * 2 * KEYS_EVERY_MS);
  }
}

/** How long it took; null: longer than 15 s. */
async function untilEqual(server: RedisServer, gateway: GatewayProcess): Promise<number | null> {
  const redis = new Redis(server.url);
  const startedAt = performance.now();
  try {
    while (performance.now() - startedAt < 15_000) {
      if (await areEqual(redis, gateway.url)) return performance.now() - startedAt;
      await pause(25);
    }
    return null;
  } finally {
    redis.disconnect();
  }
}

async function areEqual(redis: Redis, gatewayUrl: string): Promise<boolean> {
  const live = await liveSessions(gatewayUrl);
  const texts = await redis.mget([...live.keys()].map((callSid) => `session:${callSid}`));
  const isEqual = [...live].map(([callSid, session], n) => {
    const text = texts[n];
    const stored = text ? restoreSession(callSid, readSession(text)) : null;
    return (
      JSON.stringify({ ...session, last_updated: '' }) === JSON.stringify({ ...stored, last_updated: '' })
    );
  });
  return live.size === CALLS && isEqual.every(Boolean);
}

async function withGateway<T>(
  settings: Readonly<Record<string, string>>,
  work: (rig: { server: RedisServer; gateway: GatewayProcess; twilio: TwilioSimulator }) => Promise<T>,
): Promise<T> {
  const server = await RedisServer.start();
  const gateway = await GatewayProcess.start({ REDIS_URL: server.url, ...settings });
  const twilio = new TwilioSimulator({ gatewayUrl: gateway.url });
  try {
    return await work({ server, gateway, twilio });
  } finally {
    await twilio.close();
    await gateway.stop();
    await server.stop();
  }
}
