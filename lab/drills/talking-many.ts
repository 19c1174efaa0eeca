import { setTimeout as pause } from 'node:timers/promises';
import { RealtimeSimulator } from '../../packages/realtime-simulator/src/realtime-simulator.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { MOST_ENTRIES } from '../../src/core/bounded-map.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { withVoice } from '../../tools/call/scripted-model.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { GatewayLog, isFault } from './gateway-log.js';
import { differences, PROBE, type Reading, read, untilQuiet } from './probed-gateway.js';
import { startInShop, twilioFor } from './shared-shop.js';
import { SharedVoice } from './talking-rig.js';

const CALLS = Number(process.env.TALKING_CALLS ?? 1000);
/** What is remembered of calls that are over is full by then: each call pushes out another from here on. These callers hang up in the greeting. */
const REMEMBERED = Number(process.env.TALKING_REMEMBERED ?? MOST_ENTRIES);
/** What is compiled when it is used often is compiled by then, and what is remembered for a minute is that of such calls alone. */
const WARM_UP = Math.ceil(CALLS / 2);
/** The next begins when one is over; so many rows of calls at once, for the time that it takes. */
const ROWS = 20;
/** The heap is looked at after each. */
const PARTS = 4;
const MOST_KB_A_CALL = 1;
const KB = 1024;
const WANTS = 'I need an oil change';
const ANSWER = 'Of course.';
const BARGE_IN_MS = 300;
const GLIMPSE_MS = 20;
const PATIENCE_MS = 30_000;

export const topic: Drill = {
  title: `${CALLS} talking calls, one after the other in ${ROWS} rows: what they leave behind in the gateway`,
  async drill() {
    const voice = new SharedVoice();
    const model = new RealtimeSimulator({
      script: withVoice({ otherwise: ANSWER }),
      speak: (text) => voice.synthesize(text),
    });
    const log = new GatewayLog(isFault);
    // Without it a process remembers for ten minutes more what Redis remembers for it.
    const redis = await RedisServer.start();
    const settings = {
      AGENT: 'realtime',
      REALTIME_URL: await model.listen(),
      OPENAI_API_KEY: 'scripted',
      RESUME_WINDOW_SECONDS: '5',
    };
    const gateway = await startInShop({ REDIS_URL: redis.url }, settings, {
      probe: PROBE,
      onOutput: log.onOutput,
    });
    const twilio = twilioFor(gateway);
    const { audio } = await voice.synthesize(WANTS);
    try {
      return await many({ gateway, twilio, model, log, audio });
    } finally {
      await twilio.close();
      await gateway.kill();
      await redis.stop();
      await model.close();
      await voice.end();
    }
  },
};

interface House {
  readonly gateway: GatewayProcess;
  readonly twilio: TwilioSimulator;
  readonly model: RealtimeSimulator;
  readonly log: GatewayLog;
  /** What every caller says. */
  readonly audio: Buffer;
}

async function many(house: House): Promise<DrillRow[]> {
  const early = await place(house, REMEMBERED, listen);
  process.stderr.write(`${REMEMBERED} calls: what is remembered of calls is full\n`);
  early.push(...(await place(house, WARM_UP, talk)));
  // The first look at everything leaves something of its own behind.
  await readInQuiet(house.gateway);
  const readings = [await readInQuiet(house.gateway)];
  const problems: string[] = [];
  for (let part = 0; part < PARTS; part += 1) {
    problems.push(...(await place(house, CALLS / PARTS, talk)));
    readings.push(await readInQuiet(house.gateway));
    process.stderr.write(`${part + 1} of ${PARTS} parts: ${readings.at(-1)?.memory.heapUsed} bytes\n`);
  }
  const [before, after] = [readings[0], readings.at(-1)];
  const changed = before && after ? differences(before, after) : ['nothing was read'];
  const grownKb = slope(readings.map(({ memory }) => memory.heapUsed)) / (CALLS / PARTS) / KB;
  const fault = `${CALLS} calls`;
  const faults = [...early, ...problems, ...house.log.lines];
  return [
    {
      fault,
      required: 'each hears the model answer, no error is logged',
      seen: [`${CALLS - problems.length} of ${CALLS}`, ...faults.slice(0, 3)].join('; '),
      held: faults.length === 0,
    },
    {
      fault,
      required: 'sockets, timers, listeners and what calls are made of exactly as before',
      seen:
        changed.length === 0
          ? `${Object.keys(after?.counts ?? {}).length} counts as before`
          : changed.join('; '),
      held: changed.length === 0,
    },
    {
      fault,
      required: `the heap grows by at most ${MOST_KB_A_CALL} kB a call`,
      seen: `${grownKb.toFixed(2)} kB a call; ${megabytes(before)} MB at first, ${megabytes(after)} MB at the end`,
      held: grownKb <= MOST_KB_A_CALL,
    },
    {
      fault,
      required: "the model's server has no connection left",
      seen: `${house.model.connections}`,
      held: house.model.connections === 0,
    },
  ];
}

/** Gives what went wrong. */
async function place(house: House, count: number, make: typeof talk): Promise<string[]> {
  const problems: string[] = [];
  let left = count;
  const row = async () => {
    while (left > 0) {
      left -= 1;
      await make(house, left).catch((error: unknown) => problems.push(String(error)));
    }
  };
  await Promise.all(Array.from({ length: ROWS }, row));
  return problems;
}

/** Hangs up in the greeting. */
async function listen(house: House, n: number): Promise<void> {
  const call = callOf(house, n);
  try {
    await call.untilSpeakingFor(GLIMPSE_MS);
  } finally {
    await call.hangUp();
  }
}

/** Speaks into the greeting, hears the beginning of the answer and hangs up. */
async function talk(house: House, n: number): Promise<void> {
  const call = callOf(house, n);
  try {
    await call.untilSpeakingFor(BARGE_IN_MS);
    await call.say(WANTS, house.audio);
    await call.untilSpoken();
  } finally {
    await call.hangUp();
  }
}

function callOf({ twilio }: House, n: number): TwilioCall {
  return twilio.call({ from: `+1512${8_400_000 + n}`, patienceMs: PATIENCE_MS, keepAudio: false });
}

async function readInQuiet(gateway: GatewayProcess): Promise<Reading> {
  await pause(1000);
  await untilQuiet(gateway);
  return read(gateway);
}

/** By how much values grow from one to the next: the line that fits them best. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const spread = values.reduce((sum, _, n) => sum + (n - middle) ** 2, 0);
  return values.reduce((sum, value, n) => sum + (n - middle) * value, 0) / spread;
}

function megabytes(reading: Reading | undefined): string {
  return ((reading?.memory.heapUsed ?? 0) / KB / KB).toFixed(1);
}
