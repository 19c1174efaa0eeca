import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CallStore, createMemoryStore, createRedisStore, GatewayError } from '../src/index.js';
import { describeCustomerCache } from './contracts/customer-cache.js';
import { describeSessionStore } from './contracts/session-store.js';
import { logSink } from './support/log-sink.js';
import { connectTestRedis, randomCallSid, randomPhone, removeKeys } from './support/test-redis.js';

let redis: Redis;
beforeAll(() => {
  redis = connectTestRedis();
});
afterAll(() => redis.disconnect());

const kinds: [string, (ttls?: object) => CallStore][] = [
  [
    'createRedisStore',
    (ttls) => createRedisStore({ url: inject('redisUrl'), commandTimeoutMs: 10_000, ...ttls }),
  ],
  ['createMemoryStore', (ttls) => createMemoryStore({ ...ttls })],
];

for (const [name, create] of kinds) {
  describeSessionStore(name, async () => ({
    store: create({ logger: logSink().logger }),
    cleanUp: (callSids) => removeKeys(redis, callSids),
  }));

  describeCustomerCache(name, async () => {
    const store = create();
    return {
      cache: store,
      cleanUp: async (phones) => {
        await store.close();
        await removeKeys(redis, [], phones);
      },
    };
  });
}

describe('The library', () => {
  it('says how the store is', async () => {
    const [overRedis, inProcess] = kinds.map(([, create]) => create());
    expect(await overRedis?.checkHealth()).toEqual({ status: 'up', latencyMs: expect.any(Number) });
    expect(await inProcess?.checkHealth()).toEqual({ status: 'embedded' });
    await overRedis?.close();
    await inProcess?.close();
  });

  it('takes its times to live from the options', async () => {
    const url = inject('redisUrl');
    const store = createRedisStore({
      url,
      commandTimeoutMs: 10_000,
      sessionTtlSeconds: 50,
      customerTtlSeconds: 40,
    });
    const [callSid, phone] = [randomCallSid(), randomPhone()];
    await store.setSession(callSid, {});
    await store.cacheCustomer(phone, {});
    const ttls = [await redis.ttl(`session:${callSid}`), await redis.ttl(`customer:${phone}`)];
    expect(ttls.map((ttl) => Math.ceil(ttl / 10))).toEqual([5, 4]);
    await removeKeys(redis, [callSid], [phone]);
    await store.close();
  });

  it('gives null and false, logs and counts when there is no Redis', async () => {
    const sink = logSink();
    const faults: string[] = [];
    const store = createRedisStore({
      url: 'redis://127.0.0.1:1',
      logger: sink.logger,
      onFault: (operation) => faults.push(operation),
    });
    expect(await store.setSession('CA1', { caller_phone: '+15550001234' })).toBe(false);
    expect(await store.getSession('CA1')).toBeNull();
    expect(await store.updateSession('CA1', {})).toBe(false);
    expect(await store.deleteSession('CA1')).toBe(false);
    expect(await store.cacheCustomer('+15550001234', {})).toBe(false);
    expect(await store.getCachedCustomer('+15550001234')).toBeNull();
    expect(await store.invalidateCustomerCache('+15550001234')).toBe(false);
    expect(await store.checkHealth()).toEqual({
      status: 'down',
      error: expect.stringMatching(/^Redis is not reachable: connection refused/),
    });
    await store.close();
    expect(faults).toHaveLength(8);
    expect(sink.lines().some((line) => line.level === 'error')).toBe(true);
    expect(sink.text()).not.toContain('0001234');
  });

  it('refuses a URL that it cannot read', () => {
    expect(() => createRedisStore({ url: 'localhost' })).toThrow(GatewayError);
  });
});
