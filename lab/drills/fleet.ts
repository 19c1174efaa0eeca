import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { Session } from '../../src/sessions/session.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { ADMIN_TOKEN, callFrom, redisAt, startInShop, testDatabaseUrl, twilioFor } from './shared-shop.js';

const CALLS = 100;
const LISTED_WITHIN_MS = 500;
const GONE_WITHIN_MS = 10_000;
const WINDOW_MS = 8_000;
const WINDOWS = 4;
const MOST_CPU = 3;
const MOST_MORE = 5;
const SEEN_WITHIN_MS = 500;
const CHANGES = 20;
/** Each caller presses a key so often: the prompt is cut, and the next one begins. */
const KEY_EVERY_MS = 2_500;
/** Linux counts the time of a process so often in a second. */
const TICKS = 100;

export const topic: Drill = {
  title: `Two gateways, ${CALLS} live calls at one of them: /api/live of the other, and what publishing costs`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
    const [busy, other] = [await startInShop(stores), await startInShop(stores)];
    const twilio = twilioFor(busy);
    try {
      const calls = callFrom(twilio, 7_000_000, CALLS).map(({ call }) => call);
      await Promise.all(calls.map((call) => call.untilSpeaking()));
      const fault = `${CALLS} calls that press a key every ${KEY_EVERY_MS / 1000} s`;
      return [
        await newCallRow(twilio.call({ from: '+15127999999', keepAudio: false }), other),
        ...(await costRows(fault, calls, busy, other, server.url)),
        await changeRow(calls, other),
        await redisRow(server, other),
        await killedRow(busy, other),
      ];
    } finally {
      await Promise.all([busy.kill(), other.kill()]);
      await twilio.close();
      await server.stop();
      await database.drop();
    }
  },
};

interface LiveAnswer {
  readonly live: readonly Session[];
  readonly partial?: boolean;
}

const AUTHORIZED = { Authorization: `Bearer ${ADMIN_TOKEN}` };

async function liveAt(gateway: GatewayProcess): Promise<LiveAnswer> {
  const response = await fetch(`${gateway.url}/api/live`, { headers: AUTHORIZED });
  return (await response.json()) as LiveAnswer;
}

/** For how many ms it takes until what is listed is as asked; null when it is not within `ms`. */
async function untilListed(gateway: GatewayProcess, ms: number, fits: (answer: LiveAnswer) => boolean) {
  const beganAt = performance.now();
  while (performance.now() - beganAt < ms) {
    if (fits(await liveAt(gateway))) return Math.round(performance.now() - beganAt);
    await pause(10);
  }
  return null;
}

async function newCallRow(call: TwilioCall, other: GatewayProcess): Promise<DrillRow> {
  await call.untilState('streaming');
  const has = ({ live }: LiveAnswer) => live.some(({ call_sid }) => call_sid === call.callSid);
  const ms = await untilListed(other, 5_000, has);
  await call.hangUp();
  return {
    fault: 'a call begins at one gateway',
    required: `in /api/live of the other within ${LISTED_WITHIN_MS} ms`,
    seen: ms === null ? 'not within 5 s' : `${ms} ms`,
    held: ms !== null && ms <= LISTED_WITHIN_MS,
  };
}

/** With and without a watcher by turns, so that what else the machine does is in both. */
async function costRows(
  fault: string,
  calls: readonly TwilioCall[],
  busy: GatewayProcess,
  other: GatewayProcess,
  redisUrl: string,
): Promise<DrillRow[]> {
  const redis = redisAt(redisUrl);
  const keys = setInterval(() => press(calls), KEY_EVERY_MS / calls.length);
  const sentSoFar = async () =>
    Number(/cmdstat_publish:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
  const measure = async () => {
    const [cpu, messages] = [await cpuMs(busy.pid), await sentSoFar()];
    await pause(WINDOW_MS);
    const share = ((await cpuMs(busy.pid)) - cpu) / WINDOW_MS;
    return { percent: 100 * share, messages: (await sentSoFar()) - messages };
  };
  const [without, withOne, withOwn]: [Measured[], Measured[], Measured[]] = [[], [], []];
  for (let n = 0; n < WINDOWS; n++) {
    without.push(await measure());
    const stop = await watch(other);
    await pause(1_000);
    withOne.push(await measure());
    await stop();
    const stopOwn = await watch(busy);
    await pause(1_000);
    withOwn.push(await measure());
    await stopOwn();
    await pause(1_000);
  }
  clearInterval(keys);
  redis.disconnect();
  return rowsOf(fault, { without, withOne, withOwn });
}

/** CPU and messages, window by window: `withOwn` with a watcher at the gateway of the calls, `withOne` at the other. */
interface Windows {
  readonly without: readonly Measured[];
  readonly withOne: readonly Measured[];
  readonly withOwn: readonly Measured[];
}

function rowsOf(fault: string, { without, withOne, withOwn }: Windows): DrillRow[] {
  const percentOf = (windows: readonly Measured[]) => median(windows.map(({ percent }) => percent));
  const base = percentOf(without);
  const [more, ownMore] = [percentOf(withOne) - base, (100 * (percentOf(withOwn) - base)) / base];
  const told = withOne.reduce((sum, { messages }) => sum + messages, 0) / ((WINDOWS * WINDOW_MS) / 1000);
  const idle = without.reduce((sum, { messages }) => sum + messages, 0);
  return [
    {
      fault: `${fault}, one watcher at the other gateway`,
      required: `publishing costs less than ${MOST_CPU} % of a core`,
      seen: `${more.toFixed(1)} % more than the ${base.toFixed(1)} % without, ${told.toFixed(1)} messages a second`,
      held: more < MOST_CPU && told > 1,
    },
    {
      fault: `${fault}, one watcher at their gateway`,
      required: `CPU per call up by less than ${MOST_MORE} %`,
      seen: `${ownMore.toFixed(1)} % more than the ${(base / CALLS).toFixed(2)} % of a core without`,
      held: ownMore < MOST_MORE,
    },
    {
      fault: `${fault}, no watcher`,
      required: 'nothing is published',
      seen: `${idle} messages`,
      held: idle === 0,
    },
  ];
}

interface Measured {
  /** Of a core. */
  readonly percent: number;
  readonly messages: number;
}

let turn = 0;
function press(calls: readonly TwilioCall[]): void {
  turn += 1;
  const call = calls[turn % calls.length];
  if (call?.state === 'streaming') call.press('*');
}

/** From a key at one gateway to its turn in the stream of events of the other. */
async function changeRow(calls: readonly TwilioCall[], other: GatewayProcess): Promise<DrillRow> {
  let told = '';
  const stop = await watch(other, (text) => {
    told = (told + text).slice(-4_000_000);
  });
  const took: number[] = [];
  for (const call of calls.slice(0, CHANGES)) {
    told = '';
    const at = performance.now();
    call.press('7');
    const turn = new RegExp(`"call_sid":"${call.callSid}".*"pressed 7"`);
    while (!turn.test(told) && performance.now() - at < 5_000) await pause(5);
    took.push(Math.round(performance.now() - at));
  }
  await stop();
  const worst = Math.max(...took);
  return {
    fault: `a caller presses a key, while ${calls.length} calls are watched at the other gateway`,
    required: `told within ${SEEN_WITHIN_MS} ms`,
    seen: `median ${median(took)} ms, worst ${worst} ms of ${took.length}`,
    held: worst <= SEEN_WITHIN_MS,
  };
}

/** A page that shows the calls; settles with what closes it. */
async function watch(
  gateway: GatewayProcess,
  onText: (text: string) => void = () => undefined,
): Promise<() => Promise<void>> {
  const abort = new AbortController();
  const headers = { ...AUTHORIZED, Accept: 'text/event-stream' };
  const { body } = await fetch(`${gateway.url}/api/live`, { headers, signal: abort.signal });
  const read = (async () => {
    const decoder = new TextDecoder();
    for await (const part of body ?? []) onText(decoder.decode(part, { stream: true }));
  })().catch(() => undefined);
  return async () => {
    abort.abort();
    await read;
  };
}

/** CPU time of a process and all its threads. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}

async function redisRow(server: RedisServer, other: GatewayProcess): Promise<DrillRow> {
  server.pause();
  const ms = await untilListed(other, 5_000, ({ live, partial }) => partial === true && live.length === 0);
  server.resume();
  const back = await untilListed(other, 10_000, ({ live, partial }) => !partial && live.length === CALLS);
  return {
    fault: 'Redis stands still',
    required: '/api/live shows the own calls with "partial": true, and all when Redis answers again',
    seen: ms === null || back === null ? 'not so' : `after ${ms} ms; all ${back} ms after its return`,
    held: ms !== null && back !== null,
  };
}

async function killedRow(busy: GatewayProcess, other: GatewayProcess): Promise<DrillRow> {
  await busy.kill();
  const ms = await untilListed(other, 2 * GONE_WITHIN_MS, ({ live }) => live.length === 0);
  return {
    fault: 'kill -9 of the gateway that has the calls',
    required: `in /api/live of the other for ${GONE_WITHIN_MS / 1000} s at most`,
    seen: ms === null ? 'still there after 20 s' : `${(ms / 1000).toFixed(1)} s`,
    held: ms !== null && ms <= GONE_WITHIN_MS,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
