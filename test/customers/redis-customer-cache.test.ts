import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { RedisCustomerCache } from '../../src/customers/redis-customer-cache.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { describeCustomerCache } from '../contracts/customer-cache.js';
import { connectTestRedis, randomPhone, removeKeys } from '../support/test-redis.js';

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
