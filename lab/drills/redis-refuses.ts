import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { RedisServer } from '../../test/support/redis-server.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { figure, liveSessions } from './gateway-views.js';
import {
  equalRow,
  keepPressing,
  type RedisRig,
  type RigOptions,
  speakingCalls,
  untilEqual,
  withRig,
} from './redis-rig.js';

const CALLS = 20;
const TTL_SECONDS = 6;
const FULL_MS = 10_000;
const ALARM_WITHIN_MS = 5000;
const READONLY_MS = 5000;
const FLUSHES = 30;
/** Microseconds that Redis takes for each key it loads. */
const LOAD_DELAY_US = 80_000;

type Finding = Omit<DrillRow, 'fault'>;

export const topic: Drill = {
  title: `Redis answers ${CALLS} live calls with refusals, or with what it held long ago`,
  async drill() {
    const shortLived = { settings: { SESSION_TTL_SECONDS: String(TTL_SECONDS) } };
    return [
      ...(await under('Redis is full for 10 s (OOM)', shortLived, full)),
      ...(await under('Redis is a replica for 5 s (READONLY)', {}, replica)),
      ...(await under('SCRIPT FLUSH, ten times a second', {}, flushed)),
      ...(await under(
        'Redis dies, takes long to load and holds what was saved before',
        { redis: ['--key-load-delay', String(LOAD_DELAY_US)] },
        restored,
      )),
    ];
  },
};

/** Calls whose callers press keys all the time, and a connection of ours to the server. */
async function under(
  fault: string,
  options: Pick<RigOptions, 'settings' | 'redis'>,
  work: (rig: RedisRig, admin: Redis) => Promise<Finding[]>,
): Promise<DrillRow[]> {
  return withRig(options, async (rig) => {
    const admin = new Redis(rig.server.url);
    admin.on('error', () => {});
    const calls = await speakingCalls(rig.twilio, CALLS);
    // Half of them are quiet: their sessions live by being renewed.
    const stopPressing = keepPressing(calls.slice(0, CALLS / 2));
    await pause(1000);
    const findings = await work(rig, admin);
    await stopPressing();
    const live = await liveSessions(rig.gateway.url);
    const equal = equalRow(fault, CALLS, await untilEqual(rig.server.url, rig.gateway, CALLS));
    admin.disconnect();
    const goOn = {
      required: 'every call goes on',
      seen: `${live.size} of ${CALLS}`,
      held: live.size === CALLS,
    };
    return [equal, ...[goOn, ...findings].map((finding) => ({ ...finding, fault }))];
  });
}

async function full({ gateway }: RedisRig, admin: Redis): Promise<Finding[]> {
  const connections = await connectionsSoFar(admin);
  await admin.config('SET', 'maxmemory', '1');
  const beganAt = performance.now();
  const isAlarmed = () => gateway.logged(['error']).some((line) => line.includes('OOM'));
  while (!isAlarmed() && performance.now() - beganAt < FULL_MS) await pause(20);
  const alarmMs = performance.now() - beganAt;
  await pause(FULL_MS - alarmMs);
  const keys = await admin.keys('session:*');
  const ttls = await Promise.all(keys.map((key) => admin.pttl(key)));
  const more = (await connectionsSoFar(admin)) - connections;
  await admin.config('SET', 'maxmemory', '0');
  return [
    {
      required: `every time to live (${TTL_SECONDS} s) renewed`,
      seen: `${keys.length} of ${CALLS} sessions, the shortest for ${Math.min(...ttls)} ms more`,
      held: keys.length === CALLS && Math.min(...ttls) > 0,
    },
    {
      required: `an error logged within ${ALARM_WITHIN_MS / 1000} s`,
      seen: `${alarmMs.toFixed(0)} ms`,
      held: alarmMs <= ALARM_WITHIN_MS,
    },
    noReconnect(more),
    await neverOpen(gateway.url, gateway.logged()),
  ];
}

/** It is another's replica and refuses writes; then it is promoted. */
async function replica({ server, gateway }: RedisRig, admin: Redis): Promise<Finding[]> {
  const other = await RedisServer.start(['--replicaof', '127.0.0.1', String(server.port)]);
  const heir = new Redis(other.url);
  try {
    while (!(await heir.info('replication')).includes('master_link_status:up')) await pause(50);
    const connections = await connectionsSoFar(admin);
    await heir.replicaof('NO', 'ONE');
    await admin.replicaof('127.0.0.1', other.port);
    await pause(READONLY_MS);
    const reconnects = (await connectionsSoFar(admin)) - connections;
    await admin.replicaof('NO', 'ONE');
    const seconds = READONLY_MS / 1000;
    return [
      {
        required: 'at most one reconnect a second',
        seen: `${reconnects} in ${seconds} s`,
        held: reconnects <= seconds + 1 && reconnects > 0,
      },
      await neverOpen(gateway.url, gateway.logged()),
    ];
  } finally {
    heir.disconnect();
    await other.stop();
  }
}

async function flushed({ gateway }: RedisRig, admin: Redis): Promise<Finding[]> {
  for (let n = 0; n < FLUSHES; n++) {
    await admin.script('FLUSH');
    await pause(100);
  }
  const errors = await figure(gateway.url, 'bayline_redis_errors_total{operation="saveSession"}');
  return [{ required: 'no write fails of it', seen: `${errors} failed`, held: errors === 0 }];
}

async function restored({ server, gateway }: RedisRig, admin: Redis): Promise<Finding[]> {
  await admin.save();
  await pause(5000);
  await server.kill();
  const startedAt = performance.now();
  await server.start();
  const loadedMs = performance.now() - startedAt;
  const old = async () => {
    const [merged, restored] = await Promise.all(
      ['merged', 'restored'].map((outcome) =>
        figure(gateway.url, `bayline_session_writes_total{outcome="${outcome}"}`),
      ),
    );
    return { merged: merged ?? 0, restored: restored ?? 0 };
  };
  const deadline = performance.now() + 5000;
  while ((await old()).merged < CALLS / 2 && performance.now() < deadline) await pause(50);
  const { merged, restored } = await old();
  return [
    {
      required: 'old sessions were there, and are overwritten',
      seen: `loaded for ${loadedMs.toFixed(0)} ms; ${merged} old ones, ${restored} gone`,
      held: merged > 0 && loadedMs > 1000,
    },
  ];
}

async function connectionsSoFar(admin: Redis): Promise<number> {
  return Number(/total_connections_received:(\d+)/.exec(await admin.info('stats'))?.[1]);
}

function noReconnect(more: number): Finding {
  return { required: 'no new connection', seen: `${more} new`, held: more === 0 };
}

async function neverOpen(url: string, lines: readonly string[]): Promise<Finding> {
  const isOpen = (await figure(url, 'bayline_redis_breaker_open')) === 1;
  const opened = lines.filter((line) => line.startsWith('Redis does not answer:')).length;
  return { required: 'not taken for gone', seen: `${opened} times`, held: opened === 0 && !isOpen };
}
