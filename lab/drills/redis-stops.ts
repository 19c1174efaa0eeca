import { setTimeout as pause } from 'node:timers/promises';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import type { RedisServer } from '../../test/support/redis-server.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { FrameTimes } from './frame-times.js';
import { figure } from './gateway-views.js';
import { equalRow, keepPressing, speakingCalls, untilEqual, withRig } from './redis-rig.js';
import { StoreProbe } from './store-probe.js';
import { WebhookProbe } from './webhook-probe.js';

const CALLS = 50;
const FAULT_MS = 10_000;
const SLOWER_BY_MS = 5;
const OPEN_WITHIN_MS = 1300;
const COMMAND_TIMEOUT_MS = 500;
/** What timers and other work on the machine may add to a deadline. */
const SLACK_MS = 100;
const SKIPPED_WITHIN_MS = 1;
const ANSWER_WITHIN_MS = 600;

interface Fault {
  readonly name: string;
  /** How many sessions Redis has lost by it. */
  readonly lost: number;
  begin(server: RedisServer): Promise<void>;
  end(server: RedisServer): Promise<void>;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'Redis stands still for 10 s (SIGSTOP)',
    lost: 0,
    begin: async (server) => server.pause(),
    end: async (server) => server.resume(),
  },
  {
    name: 'Redis dies, and is back empty after 10 s',
    lost: CALLS,
    begin: (server) => server.kill(),
    end: (server) => server.start(),
  },
];

export const topic: Drill = {
  title: `Redis stops under ${CALLS} live calls`,
  async drill() {
    const rows: DrillRow[] = [];
    for (const fault of FAULTS) rows.push(...(await frames(fault)), ...(await sessions(fault)));
    return rows;
  },
};

/** Callers who speak to the echo agent: what comes back tells what happened to each frame. */
async function frames(fault: Fault): Promise<DrillRow[]> {
  return withRig({ settings: { AGENT: 'echo' } }, async ({ server, twilio }) => {
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
async function sessions(fault: Fault): Promise<DrillRow[]> {
  return withRig({}, async ({ server, gateway, twilio }) => {
    const calls = await speakingCalls(twilio, CALLS);
    const stopPressing = keepPressing(calls);
    const [webhooks, store] = [new WebhookProbe(gateway.url), new StoreProbe(server.url)];
    await store.start();
    await pause(2000);
    const beganAt = performance.now();
    await fault.begin(server);
    const openMs = await untilOpen(gateway, beganAt);
    await pause(FAULT_MS - (performance.now() - beganAt));
    const overAt = performance.now();
    await stopPressing();
    await fault.end(server);
    const equal = equalRow(fault.name, CALLS, await untilEqual(server.url, gateway, CALLS));
    const probed = { ...(await webhooks.end()), unconfirmed: await store.end() };
    const rows = [
      openRow(openMs),
      ...storeRows(store, { beganAt, overAt, unconfirmed: probed.unconfirmed }),
      webhookRow(probed),
      await reseededRow(gateway, fault.lost),
      logRow(gateway),
    ];
    return [equal, ...rows.map((row) => ({ ...row, fault: fault.name }))];
  });
}

type Finding = Omit<DrillRow, 'fault'>;

async function untilOpen(gateway: GatewayProcess, beganAt: number): Promise<number> {
  while (performance.now() - beganAt < FAULT_MS / 2) {
    if ((await figure(gateway.url, 'bayline_redis_breaker_open')) === 1) return performance.now() - beganAt;
    await pause(20);
  }
  return Number.POSITIVE_INFINITY;
}

function openRow(openMs: number): Finding {
  return {
    required: `known to be gone within ${OPEN_WITHIN_MS} ms (the breaker opens)`,
    seen: `${openMs.toFixed(0)} ms`,
    held: openMs <= OPEN_WITHIN_MS,
  };
}

interface Outage {
  readonly beganAt: number;
  readonly overAt: number;
  readonly unconfirmed: number;
}

function storeRows(store: StoreProbe, { beganAt, overAt, unconfirmed }: Outage): Finding[] {
  const first = store.between(beganAt, beganAt + OPEN_WITHIN_MS);
  const then = store.between(beganAt + OPEN_WITHIN_MS, overAt);
  const limitMs = COMMAND_TIMEOUT_MS + SLACK_MS;
  return [
    {
      required: `a store call costs the command timeout (${COMMAND_TIMEOUT_MS} ms) at most; none hangs`,
      seen: `${first.longestMs.toFixed(0)} ms at most of ${first.calls}; ${unconfirmed} never settled`,
      held: first.longestMs <= limitMs && unconfirmed === 0 && first.stored < first.calls,
    },
    {
      required: `then 99 of 100 at most ${SKIPPED_WITHIN_MS} ms`,
      seen: `${then.mostMs.toFixed(2)} ms, ${then.longestMs.toFixed(2)} ms the longest of ${then.calls}`,
      held: then.mostMs <= SKIPPED_WITHIN_MS && then.calls > 0,
    },
  ];
}

function webhookRow({ asked, answered, longestMs }: { asked: number; answered: number; longestMs: number }) {
  return {
    required: `every webhook answered within ${ANSWER_WITHIN_MS} ms throughout`,
    seen: `${answered} of ${asked}, ${longestMs.toFixed(0)} ms at most`,
    held: answered === asked && asked > 0 && longestMs <= ANSWER_WITHIN_MS,
  };
}

async function reseededRow({ url }: GatewayProcess, lost: number): Promise<Finding> {
  const restored = await figure(url, 'bayline_session_writes_total{outcome="restored"}');
  return {
    required: `as many sessions written again as were lost: ${lost}`,
    seen: `${restored}`,
    held: restored === lost,
  };
}

function logRow(gateway: GatewayProcess): Finding {
  const lines = gateway.logged().filter((line) => line.includes('Redis'));
  const count = (text: string) => lines.filter((line) => line.startsWith(text)).length;
  const [gone, back] = [count('Redis does not answer:'), count('Redis answers again')];
  return {
    required: 'one log line when it goes and one when it is back, at most 4 others',
    seen: `${gone} and ${back}, ${lines.length - gone - back} others`,
    held: gone === 1 && back === 1 && lines.length <= 6,
  };
}
