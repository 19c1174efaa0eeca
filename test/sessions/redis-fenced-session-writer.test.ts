import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { RedisSessionStore } from '../../src/sessions/redis-session-store.js';
import { RedisServer } from '../support/redis-server.js';
import { newSession } from '../support/sample-session.js';
import { canStartRedis, connectTestRedis } from '../support/test-redis.js';

describe.skipIf(!canStartRedis)('The session of a live call in Redis', () => {
  let server: RedisServer;
  let store: RedisSessionStore;
  let redis: Redis;
  const session = newSession();
  const key = `session:${session.call_sid}`;
  const ended = `ended:{${key}}`;

  beforeEach(async () => {
    server = await RedisServer.start();
    redis = connectTestRedis(server.url);
    store = connect(10_000);
    await isStored();
  });
  afterEach(async () => {
    redis.disconnect();
    await store.close();
    await server.stop();
  });

  const connect = (commandTimeoutMs: number) => {
    const logger = silentLogger();
    const client = new RedisClient({ url: server.url, logger, commandTimeoutMs });
    return new RedisSessionStore({ client, logger });
  };
  const isStored = () =>
    vi.waitFor(async () =>
      expect(await store.openSlot(session.call_sid).save(session)).toMatchObject({ outcome: 'stored' }),
    );

  it('lives on in a Redis that is full, and is stored when there is space', async () => {
    const slot = store.openSlot(session.call_sid, 100);
    await slot.save(session);
    await redis.pexpire(key, 5_000);
    await redis.config('SET', 'maxmemory', '1');
    expect(await slot.save({ ...session, speaking: true })).toEqual({ outcome: 'failed' });
    expect(await redis.pttl(key)).toBeGreaterThan(90_000);
    await redis.config('SET', 'maxmemory', '0');
    expect(await slot.save({ ...session, speaking: true })).toMatchObject({
      outcome: 'stored',
      over: 'stored',
    });
    expect(JSON.parse((await redis.get(key)) ?? '')).toMatchObject({ speaking: true });
  });

  it('is ended in a Redis that is full', async () => {
    await redis.config('SET', 'maxmemory', '1');
    expect(await store.endSession(session.call_sid)).toBe(true);
    expect(await redis.keys('*')).toEqual([ended]);
  });

  it('is saved and ended after SCRIPT FLUSH', async () => {
    const slot = store.openSlot(session.call_sid);
    await slot.save(session);
    await redis.script('FLUSH');
    expect(await slot.save({ ...session, speaking: true })).toMatchObject({ outcome: 'stored' });
    await redis.script('FLUSH');
    expect(await store.endSession(session.call_sid)).toBe(true);
  });

  it('leaves nothing but a mark that it ended, for some minutes', async () => {
    await store.endSession(session.call_sid);
    expect(await redis.keys('*')).toEqual([ended]);
    expect(await redis.pttl(ended)).toBeGreaterThan(590_000);
    expect(await redis.pttl(ended)).toBeLessThanOrEqual(600_000);
  });

  it('is ended as soon as Redis answers, when it did not', async () => {
    await store.close();
    store = connect(200);
    await isStored();
    server.pause();
    expect(await store.endSession(session.call_sid)).toBe(false);
    server.resume();
    await vi.waitFor(async () => expect(await redis.keys('*')).toEqual([ended]));
  });
});
