import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { RedisSessionStore } from '../../src/sessions/redis-session-store.js';
import { describeSessionSlots } from '../contracts/fenced-session-writer.js';
import { describeSessionStore } from '../contracts/session-store.js';
import { logSink } from '../support/log-sink.js';
import { RedisServer } from '../support/redis-server.js';
import { canStartRedis, connectTestRedis, randomCallSid, removeKeys } from '../support/test-redis.js';

/** Long, because these tests ask what is right, on a machine that may be busy; the client's tests ask how fast. */
const PATIENT_MS = 10_000;

let redis: Redis;
const stores: RedisSessionStore[] = [];
const callSids: string[] = [];

beforeAll(() => {
  redis = connectTestRedis();
});
afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));
afterAll(async () => {
  await removeKeys(redis, callSids);
  redis.disconnect();
});

function newStore(url = inject('redisUrl'), logger = silentLogger(), commandTimeoutMs = PATIENT_MS) {
  const store = new RedisSessionStore({ client: new RedisClient({ url, logger, commandTimeoutMs }), logger });
  stores.push(store);
  return store;
}

function newCall(): string {
  const callSid = randomCallSid();
  callSids.push(callSid);
  return callSid;
}

describeSessionStore('The Redis store', async () => {
  const logger = silentLogger();
  const client = new RedisClient({ url: inject('redisUrl'), logger, commandTimeoutMs: PATIENT_MS });
  return {
    store: new RedisSessionStore({ client, logger }),
    cleanUp: (used) => removeKeys(redis, used),
  };
});

describeSessionSlots(
  'The Redis store',
  async () => {
    const logger = silentLogger();
    const open = () =>
      new RedisSessionStore({
        client: new RedisClient({ url: inject('redisUrl'), logger, commandTimeoutMs: PATIENT_MS }),
        logger,
      });
    return { stores: [open(), open()], cleanUp: (used) => removeKeys(redis, used) };
  },
  1000,
);

describe('The Redis session store', () => {
  it('keeps plain JSON under session:{call_sid}, with its time to live', async () => {
    const [store, callSid] = [newStore(), newCall()];
    await store.setSession(callSid, { speaking: false });
    expect(JSON.parse((await redis.get(`session:${callSid}`)) ?? '')).toMatchObject({ speaking: false });
    expect(await redis.ttl(`session:${callSid}`)).toBeGreaterThan(3_590);
    await redis.expire(`session:${callSid}`, 100);
    await store.updateSession(callSid, { speaking: true });
    expect(await redis.ttl(`session:${callSid}`)).toBeLessThanOrEqual(100);
    expect(await redis.ttl(`session:${callSid}`)).toBeGreaterThan(90);
  });

  it('leaves every other field of a foreign session to the letter', async () => {
    const [store, callSid] = [newStore(), newCall()];
    const fields =
      '"big": 12345678901234567890, "list":[ ], "map":{ }, "none":null, "é\\u00e9":"\\u0041𝄞\\/", "n":1.50';
    await redis.set(`session:${callSid}`, `  { ${fields} }\n`);
    expect(await store.updateSession(callSid, { n: 2, added: [] })).toBe(true);
    const stored = (await redis.get(`session:${callSid}`)) ?? '';
    for (const field of fields.split(', ').slice(0, -1)) {
      const [name, value] = field.split(/:\s*(.*)/s);
      expect(stored).toContain(`${name}:${value}`);
    }
    expect(stored).toMatch(/"n":2,"added":\[\],"last_updated":"[^"]+Z"\}$/);
  });

  it('keeps a session without time to live as one', async () => {
    const [store, callSid] = [newStore(), newCall()];
    await redis.set(`session:${callSid}`, '{}');
    expect(await store.updateSession(callSid, { n: 2 })).toBe(true);
    expect(await redis.ttl(`session:${callSid}`)).toBe(-1);
  });

  it('updates in one round trip what it has written or read before', async () => {
    const [store, callSid] = [newStore(), newCall()];
    await store.setSession(callSid, { n: 0 });
    await store.updateSession(callSid, { n: 1 });
    const before = await commandCalls();
    for (let n = 2; n < 52; n++) await store.updateSession(callSid, { n });
    const calls = await commandCalls(before);
    expect(calls.evalsha).toBeGreaterThanOrEqual(50);
    expect(await store.getSession(callSid)).toMatchObject({ n: 51 });
  });

  it('loses no field when several stores change one session at once', async () => {
    const callSid = newCall();
    const writers = Array.from({ length: 4 }, () => newStore());
    await writers[0]?.setSession(callSid, {});
    const outcomes = await Promise.all(
      writers.flatMap((store, writer) =>
        Array.from({ length: 50 }, async (_, n) => {
          await new Promise((turn) => setTimeout(turn, (n * 7 + writer * 3) % 40));
          return store.updateSession(callSid, { [`w${writer}_${n}`]: n, shared: `${writer}_${n}` });
        }),
      ),
    );
    expect(new Set(outcomes)).toEqual(new Set([true]));
    const session = await newStore().getSession(callSid);
    expect(Object.keys(session ?? {}).filter((name) => name.startsWith('w'))).toHaveLength(200);
  });

  it('builds on what a foreign writer left, however often it writes', async () => {
    const [store, callSid] = [newStore(), newCall()];
    await store.setSession(callSid, { n: 0 });
    for (let n = 1; n <= 20; n++) {
      await redis.set(`session:${callSid}`, JSON.stringify({ foreign: n, n: 0 }), 'KEEPTTL');
      expect(await store.updateSession(callSid, { n })).toBe(true);
      expect(await store.getSession(callSid)).toMatchObject({ foreign: n, n });
    }
  });

  it('reads and updates nothing that is no session, and says so', async () => {
    const sink = logSink();
    const store = newStore(undefined, sink.logger);
    for (const text of ['', 'null', '[]', '{"a":', 'text']) {
      const callSid = newCall();
      await redis.set(`session:${callSid}`, text);
      expect(await store.getSession(callSid)).toBeNull();
      expect(await store.updateSession(callSid, { n: 1 })).toBe(false);
      expect(await redis.get(`session:${callSid}`)).toBe(text);
    }
    const [list, bytes] = [newCall(), newCall()];
    await redis.lpush(`session:${list}`, 'x');
    await redis.set(`session:${bytes}`, Buffer.from('7b2261223a22ff227d', 'hex'));
    for (const callSid of [list, bytes]) expect(await store.updateSession(callSid, { n: 1 })).toBe(false);
    expect(sink.lines().map((line) => line.kind)).toEqual(expect.arrayContaining(['content', 'WRONGTYPE']));
  });

  it('warns of an update without a session and logs no value', async () => {
    const sink = logSink();
    const [store, callSid] = [newStore(undefined, sink.logger), newCall()];
    await store.updateSession(callSid, { caller_phone: 'planted-canary' });
    await store.setSession(callSid, { caller_phone: 'planted-canary' });
    await store.updateSession(callSid, { caller_phone: 'planted-canary' });
    expect(sink.lines().filter((line) => line.level === 'warn')).toHaveLength(1);
    expect(sink.lines().filter((line) => line.level === 'error')).toEqual([]);
    expect(sink.text()).not.toContain('planted-canary');
  });
});

describe.skipIf(!canStartRedis)('The Redis session store, with a server of its own', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  it('finds its script again after SCRIPT FLUSH and after a restart', async () => {
    const store = newStore(server.url);
    const own = connectTestRedis(server.url);
    await store.setSession('CA1', { n: 0 });
    await store.updateSession('CA1', { n: 1 });
    await own.script('FLUSH');
    expect(await Promise.all([2, 3, 4].map((n) => store.updateSession('CA1', { n })))).toEqual([
      true,
      true,
      true,
    ]);
    expect(await store.getSession('CA1')).toMatchObject({ n: 4 });
    own.disconnect();
    await server.kill();
    await server.start();
    await vi.waitFor(async () => expect(await store.setSession('CA1', { n: 5 })).toBe(true));
    expect(await store.updateSession('CA1', { n: 6 })).toBe(true);
  });

  it('tells an unknown outcome as false and is right again afterwards, whatever took effect', async () => {
    const store = newStore(server.url, silentLogger(), 200);
    await vi.waitFor(async () => expect(await store.setSession('CA2', { n: 0 })).toBe(true));
    server.pause();
    expect(await store.updateSession('CA2', { late: 1 })).toBe(false);
    server.resume();
    await vi.waitFor(async () => expect(await store.updateSession('CA2', { n: 2 })).toBe(true));
    expect(await store.getSession('CA2')).toMatchObject({ call_sid: 'CA2', n: 2 });
  });

  it('pays a delete that it owes as soon as Redis answers', async () => {
    const store = newStore(server.url, silentLogger(), 200);
    await vi.waitFor(async () => expect(await store.setSession('CA3', {})).toBe(true));
    server.pause();
    expect(await store.deleteSession('CA3')).toBe(false);
    server.resume();
    const own = connectTestRedis(server.url);
    await vi.waitFor(async () => expect(await own.exists('session:CA3')).toBe(0));
    own.disconnect();
  });
});

/** Calls of each command so far, or since `before`. */
async function commandCalls(before: Record<string, number> = {}): Promise<Record<string, number>> {
  const lines = (await redis.info('commandstats')).matchAll(/cmdstat_(\w+):calls=(\d+)/g);
  return Object.fromEntries(
    [...lines].map(([, name = '', calls]) => [name, Number(calls) - (before[name] ?? 0)]),
  );
}
