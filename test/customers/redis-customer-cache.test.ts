import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { RedisCustomerCache } from '../../src/customers/redis-customer-cache.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { describeCustomerCache } from '../contracts/customer-cache.js';
import { RedisServer } from '../support/redis-server.js';
import { canStartRedis, connectTestRedis, randomPhone, removeKeys } from '../support/test-redis.js';

const logger = silentLogger();
const client = new RedisClient({ url: inject('redisUrl'), logger, commandTimeoutMs: 10_000 });
let redis: Redis;

beforeAll(() => {
  redis = connectTestRedis();
});
afterAll(async () => {
  await client.close();
  redis.disconnect();
});

describeCustomerCache('The Redis cache', async () => ({
  cache: new RedisCustomerCache({ client, logger }),
  cleanUp: (phones) => removeKeys(redis, [], phones),
}));

describe('The Redis customer cache', () => {
  it('keeps plain JSON under customer:{phone} for 300 seconds', async () => {
    const cache = new RedisCustomerCache({ client, logger });
    const phone = randomPhone();
    await cache.cacheCustomer(phone, { id: 7, first_name: 'Zoë' });
    expect(JSON.parse((await redis.get(`customer:${phone}`)) ?? '')).toMatchObject({
      id: 7,
      first_name: 'Zoë',
    });
    const ttl = await redis.ttl(`customer:${phone}`);
    expect(ttl).toBeGreaterThan(290);
    expect(ttl).toBeLessThanOrEqual(300);
    await removeKeys(redis, [], [phone]);
  });

  it('reads what is no customer as a miss', async () => {
    const cache = new RedisCustomerCache({ client, logger });
    const phone = randomPhone();
    for (const text of ['', 'null', '[]', '{"id":', '7']) {
      await redis.set(`customer:${phone}`, text);
      expect(await cache.getCachedCustomer(phone)).toBeNull();
    }
    await removeKeys(redis, [], [phone]);
  });
});

describe.skipIf(!canStartRedis)('What Redis did not take out of the cache', () => {
  const [phone, last] = ['+15125550123', '+15125550124'];
  const ends: (() => Promise<void>)[] = [];
  let server: RedisServer;
  let admin: Redis;
  beforeAll(async () => {
    server = await RedisServer.start();
    admin = connectTestRedis(server.url);
  });
  afterEach(async () => {
    await Promise.all(ends.splice(0).map((end) => end()));
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });

  const open = () => {
    const url = server.url.replace('//', '//gateway:secret@');
    const own = new RedisClient({ url, logger, commandTimeoutMs: 10_000 });
    const cache = new RedisCustomerCache({ client: own, logger });
    ends.push(async () => {
      cache.close();
      await own.close();
    });
    return cache;
  };
  /** Both customers are cached, and as long as `work` lasts nothing can be deleted. */
  const withoutDeletes = async (work: () => Promise<unknown>) => {
    await admin.acl('SETUSER', 'gateway', 'on', '>secret', '~*', '+@all', '-del');
    for (const each of [phone, last]) await admin.set(`customer:${each}`, '{}');
    await work();
    await admin.acl('SETUSER', 'gateway', '+del');
  };
  const isThere = async (number: string) => (await admin.exists(`customer:${number}`)) === 1;

  it('is taken out as soon as Redis does, but for what was written again', async () => {
    const cache = open();
    await withoutDeletes(async () => {
      expect(await cache.invalidateCustomerCache(phone)).toBe(false);
      expect(await cache.invalidateCustomerCache(last)).toBe(false);
      expect(await cache.cacheCustomer(phone, { id: 8 })).toBe(true);
    });
    await expect.poll(() => isThere(last)).toBe(false);
    expect(await cache.getCachedCustomer(phone)).toMatchObject({ id: 8 });
  });

  it('is left to expire when the gateway closes', async () => {
    const [closed, cache] = [open(), open()];
    await withoutDeletes(async () => {
      await closed.invalidateCustomerCache(phone);
      closed.close();
      await cache.invalidateCustomerCache(last);
    });
    await expect.poll(() => isThere(last)).toBe(false);
    expect(await isThere(phone)).toBe(true);
  });
});
