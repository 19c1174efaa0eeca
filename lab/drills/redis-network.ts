import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import type { TcpProxy } from '../../test/support/tcp-proxy.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { liveSessions } from './gateway-views.js';
import { lateWrites } from './late-writes.js';
import { equalRow, keepPressing, speakingCalls, untilEqual, withRig } from './redis-rig.js';

const CALLS = 20;
const BASELINE_MS = 6000;
const WEATHER_MS = 20_000;
/** How often it is gone is counted from then on: a short trouble is to be over soon. */
const ONSET_MS = 4000;
const FLAP_MS = 2000;
/** Who opens again and again waits up to 5 s before it asks. */
const EQUAL_WITHIN_MS = 6000;
const BLOCKS_MS = [100, 400, 1200];

type Finding = Omit<DrillRow, 'fault'>;

interface Trouble {
  readonly name: string;
  /** Settles when it is over. */
  make(network: TcpProxy): Promise<void>;
}

const TROUBLES: readonly Trouble[] = [
  {
    name: 'Redis is 200 ms ± 150 ms away, 20 s',
    make: (network) => weather(network, { latencyMs: 25, jitterMs: 150 }),
  },
  { name: 'One packet in five resets, 20 s', make: (network) => weather(network, { resetShare: 0.2 }) },
  { name: 'Redis comes and goes every 2 s, 20 s', make: flap },
];

export const topic: Drill = {
  title: `A bad network between Redis and ${CALLS} live calls`,
  async drill() {
    const rows: DrillRow[] = [];
    for (const trouble of TROUBLES) rows.push(...(await under(trouble)));
    return [...rows, ...(await blocked()), ...(await lateWrites())];
  },
};

async function under({ name, make }: Trouble): Promise<DrillRow[]> {
  return withRig({}, async ({ server, network, gateway, twilio }) => {
    const calls = await speakingCalls(twilio, CALLS);
    const stopPressing = keepPressing(calls);
    const normal = await writesASecond(server.url, () => pause(BASELINE_MS));
    const onset = pause(ONSET_MS).then(() => breakerChanges(gateway));
    const then = await writesASecond(server.url, () => make(network));
    const changes = breakerChanges(gateway) - (await onset);
    const live = await liveSessions(gateway.url);
    await stopPressing();
    const tookMs = await untilEqual(server.url, gateway, CALLS);
    const countedMs = WEATHER_MS - ONSET_MS;
    const findings: Finding[] = [
      {
        required: 'every call goes on, its session stored as it lives soon afterwards',
        seen: `${live.size} of ${CALLS}; ${tookMs === null ? 'not within 15 s' : `after ${tookMs.toFixed(0)} ms`}`,
        held: live.size === CALLS && tookMs !== null && tookMs <= EQUAL_WITHIN_MS,
      },
      {
        required: 'taken for gone or for back at most once in 2 s',
        seen: `${changes} times in ${countedMs / 1000} s`,
        held: changes <= countedMs / FLAP_MS,
      },
      {
        required: 'no more writes than usual',
        seen: `${then.toFixed(0)}/s, ${normal.toFixed(0)}/s before`,
        held: then <= normal * 1.1,
      },
    ];
    return findings.map((finding) => ({ ...finding, fault: name }));
  });
}

async function weather(network: TcpProxy, what: Parameters<TcpProxy['setWeather']>[0]): Promise<void> {
  network.setWeather(what);
  await pause(WEATHER_MS);
  network.setWeather({});
}

async function flap(network: TcpProxy): Promise<void> {
  for (let n = 0; n < WEATHER_MS / (2 * FLAP_MS); n++) {
    network.refuse();
    network.reset();
    await pause(FLAP_MS);
    network.accept();
    await pause(FLAP_MS);
  }
}

/** Writes of live sessions that reach Redis. */
async function writesASecond(redisUrl: string, work: () => Promise<void>): Promise<number> {
  const redis = new Redis(redisUrl);
  const count = async () =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
  const [before, beganAt] = [await count(), performance.now()];
  await work();
  const rate = ((await count()) - before) / ((performance.now() - beganAt) / 1000);
  redis.disconnect();
  return rate;
}

function breakerChanges(gateway: GatewayProcess): number {
  return gateway.logged().filter((line) => /^Redis (does not answer:|answers again)/.test(line)).length;
}

async function blocked(): Promise<DrillRow[]> {
  const fault = `The event loop is blocked for ${BLOCKS_MS.join(', ')} ms`;
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  const program = fileURLToPath(new URL(`./blockable-gateway${ending}`, import.meta.url));
  return withRig({ program }, async ({ server, network, gateway, twilio }) => {
    const calls = await speakingCalls(twilio, CALLS);
    const stopPressing = keepPressing(calls);
    await pause(1000);
    const before = network.connections;
    let connections = 0;
    network.onChunk = () => {
      connections = Math.max(connections, network.connections);
    };
    const [earlier, beganAt] = [gateway.logged().length, performance.now()];
    for (const block of [...BLOCKS_MS, ...BLOCKS_MS]) {
      gateway.tell({ block });
      await pause(block + 1500);
    }
    const lines = gateway.logged().slice(earlier);
    const most = 1 + Math.ceil((performance.now() - beganAt) / 10_000);
    await stopPressing();
    const equal = equalRow(fault, CALLS, await untilEqual(server.url, gateway, CALLS));
    const count = (start: string) => lines.filter((line) => line.startsWith(start)).length;
    const lost = count('The connection to Redis is back') + count('Redis does not answer:');
    const warnings = count('Event loop blocked');
    return [
      equal,
      {
        fault,
        required: 'Redis is not blamed: never taken for gone, its connections kept',
        seen: `${lost} times`,
        held: lost === 0 && connections === before,
      },
      {
        fault,
        required: 'a warning that the event loop was blocked, at most one in 10 s',
        seen: `${warnings} of ${most}`,
        held: warnings >= 1 && warnings <= most,
      },
    ];
  });
}
