import { randomBytes } from 'node:crypto';
import { silentLogger } from '../../src/core/logger.js';
import { RedisClient, type RedisCommands } from '../../src/redis/redis-client.js';
import { RedisSessionStore } from '../../src/sessions/redis-session-store.js';
import type { BenchEnvironment, BenchRow, BenchTopic } from '../bench-topic.js';
import { withRedis } from './bench-redis.js';
import { type Latency, measureLatencies, measureRates } from './measure.js';

const SIZE = 2_048;
const WARM_UP = 2_000;
const ROUNDS = 6_000;
const CONCURRENT = 1_000;
const IN_FLIGHT = 50;

/** Session operations beside the raw commands they are made of, same size, same connection, same run. */
export const topic: BenchTopic = {
  title: `Session operations: ${SIZE} bytes of JSON, one connection`,
  run: (environment: BenchEnvironment) => withRedis(environment, measure),
};

interface Rig {
  readonly store: RedisSessionStore;
  readonly raw: RedisCommands;
  readonly callSids: readonly string[];
  readonly text: string;
}

async function measure(url: string): Promise<BenchRow[]> {
  const client = new RedisClient({
    url,
    logger: silentLogger(),
    commandTimeoutMs: 10_000,
    connectionName: 'bayline-bench',
  });
  const store = new RedisSessionStore({ client, logger: silentLogger(), ttlSeconds: 600 });
  const raw = await client.run<RedisCommands | undefined>('bench', async (commands) => commands, undefined);
  if (raw === undefined) throw new Error('The Redis for this benchmark does not answer.');
  const callSids = Array.from({ length: IN_FLIGHT }, () => `CAbench${randomBytes(12).toString('hex')}`);
  const rig = { store, raw, callSids, text: sessionText() };
  try {
    for (const callSid of callSids) await store.setSession(callSid, JSON.parse(rig.text));
    return [...(await latencyRows(rig)), ...(await rateRows(rig)), ...(await lossRows(rig, url))];
  } finally {
    await raw.del(...callSids.map(sessionKey), rawKey(rig), swapKey(rig));
    await store.close();
  }
}

async function latencyRows(rig: Rig): Promise<BenchRow[]> {
  const { store, raw, text } = rig;
  const [callSid = ''] = rig.callSids;
  let n = 0;
  const swap = scriptAlone(rig);
  const operations = {
    set: () => raw.set(rawKey(rig), freshText(text, n++), 'EX', 600),
    swap,
    update: () => store.updateSession(callSid, { speaking: n++ % 2 === 0, intent: 'book_appointment' }),
    get: () => raw.get(rawKey(rig)),
    read: () => store.getSession(callSid),
    naive: () => naiveUpdate(raw, rawKey(rig), { n: n++ }),
  };
  await measureLatencies(operations, WARM_UP);
  const { set, swap: script, update, get, read, naive } = await measureLatencies(operations, ROUNDS);
  return [
    latencyRow('session update', update, 'SET', set, 1.3),
    latencyRow('session read (and parse)', read, 'GET', get, 1.1),
    latencyRow('of the update: the script alone', script, 'SET', set),
    latencyRow('naive update: GET, TTL, SET', naive, 'SET', set),
  ];
}

async function rateRows({ store, raw, callSids, text }: Rig): Promise<BenchRow[]> {
  let n = 0;
  const key = (worker: number) => sessionKey(callSids[worker] ?? '');
  const operations = {
    update: (worker: number) => store.updateSession(callSids[worker] ?? '', { n: n++ }),
    set: (worker: number) => raw.set(`${key(worker)}:raw`, text, 'EX', 60),
    oneCall: () => store.updateSession(callSids[0] ?? '', { n: n++ }),
  };
  const { update, set, oneCall } = await measureRates(operations, {
    inFlight: IN_FLIGHT,
    count: 20_000,
    rounds: 7,
  });
  await raw.del(...callSids.map((_, worker) => `${key(worker)}:raw`));
  const reference = `SET: ${rate(set)}`;
  const target = { target: 'at least 100,000/s', met: update >= 100_000 };
  return [
    {
      figure: `updates, ${IN_FLIGHT} calls at once`,
      measured: rate(update),
      reference,
      ratio: update / set,
      ...target,
    },
    {
      figure: `updates, ${IN_FLIGHT} at once on one call`,
      measured: rate(oneCall),
      reference,
      ratio: oneCall / set,
    },
  ];
}

/** The compare-and-set alone, with a new text each time as in an update: what is left of it when our own work is taken away. */
function scriptAlone(rig: Rig): () => Promise<unknown> {
  const { raw, text } = rig;
  const key = swapKey(rig);
  let n = 0;
  let stored = '';
  return async () => {
    const expected = stored;
    stored = freshText(text, n++);
    if (expected === '') return raw.set(key, stored, 'EX', 600);
    return raw.updateSession(key, expected, stored);
  };
}

/** A text nobody has sent before, as every write of a session is one: a repeated text is cheaper for client and server. */
function freshText(text: string, n: number): string {
  return [`{"n":${n},`, text.slice(1)].join('');
}

/** Each of the concurrent updates sets a field of its own; a lost update is a field that is missing afterwards. */
async function lossRows(rig: Rig, url: string): Promise<BenchRow[]> {
  const [callSid = ''] = rig.callSids;
  const clients = [1, 2, 3, 4].map(
    () => new RedisClient({ url, logger: silentLogger(), commandTimeoutMs: 10_000 }),
  );
  const stores = clients.map((client) => new RedisSessionStore({ client, logger: silentLogger() }));
  const names = Array.from({ length: CONCURRENT }, (_, n) => `own_${n}`);
  await rig.raw.set(rawKey(rig), '{}', 'EX', 600);
  await Promise.all(names.map((name) => naiveUpdate(rig.raw, rawKey(rig), { [name]: true })));
  await Promise.all(
    names.map((name, n) => stores[n % stores.length]?.updateSession(callSid, { [name]: true })),
  );
  const naive = missing(names, JSON.parse((await rig.raw.get(rawKey(rig))) ?? '{}'));
  const ours = missing(names, (await rig.store.getSession(callSid)) ?? {});
  await Promise.all(stores.map((store) => store.close()));
  return [
    {
      figure: `lost of ${CONCURRENT} concurrent updates`,
      measured: String(ours),
      reference: `naive update: ${naive}`,
      target: '0',
      met: ours === 0,
    },
  ];
}

async function naiveUpdate(raw: RedisCommands, key: string, updates: object): Promise<void> {
  const text = await raw.get(key);
  const ttl = await raw.ttl(key);
  await raw.set(key, JSON.stringify({ ...JSON.parse(text ?? '{}'), ...updates }), 'EX', ttl);
}

function missing(names: readonly string[], session: object): number {
  return names.filter((name) => !(name in session)).length;
}

function latencyRow(
  figure: string,
  ours: Latency,
  name: string,
  reference: Latency,
  target?: number,
): BenchRow {
  const ratio = ours.p50 / reference.p50;
  return {
    figure,
    measured: micros(ours),
    reference: `${name}: ${micros(reference)}`,
    ratio,
    ...(target === undefined ? {} : { target: `at most ${target.toFixed(1)} x p50`, met: ratio <= target }),
  };
}

function micros({ p50, p99 }: Latency): string {
  return `p50 ${p50.toFixed(0)} us, p99 ${p99.toFixed(0)} us`;
}

function rate(value: number): string {
  return `${Math.round(value).toLocaleString('en-US')}/s`;
}

function sessionText(): string {
  const turn = (n: number) => ({
    role: n % 2 === 0 ? 'assistant' : 'user',
    content: `Turn ${n}: the car pulls to the left when braking, and it is louder in the morning.`,
    timestamp: '2026-11-24T15:30:00.000Z',
  });
  const session = (turns: number, padding: string) => ({
    stream_sid: `MZ${'0'.repeat(32)}`,
    caller_phone: '+15550001234',
    customer_id: 7,
    conversation_history: Array.from({ length: turns }, (_, n) => turn(n)),
    current_state: 'collecting_info',
    collected_data: { service_type: 'brakes', note: padding },
    intent: 'book_appointment',
    speaking: false,
  });
  const bare = JSON.stringify(session(8, '')).length;
  return JSON.stringify(session(8, 'x'.repeat(Math.max(0, SIZE - 130 - bare))));
}

function rawKey({ callSids }: Rig): string {
  return `${sessionKey(callSids[0] ?? '')}:raw`;
}

function swapKey({ callSids }: Rig): string {
  return `${sessionKey(callSids[0] ?? '')}:swap`;
}

function sessionKey(callSid: string): string {
  return `session:${callSid}`;
}
