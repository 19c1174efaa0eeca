import type { Redis } from 'ioredis';
import { afterAll, beforeAll, inject } from 'vitest';
import { silentLogger } from '../../src/logger.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { RedisSessionStore } from '../../src/sessions/redis-session-store.js';
import { describeSessionStore } from '../contracts/session-store.js';
import { connectTestRedis, removeKeys } from '../support/test-redis.js';

let redis: Redis;
beforeAll(() => {
  redis = connectTestRedis();
});
afterAll(() => redis.disconnect());

describeSessionStore('The Redis store', async () => {
  const logger = silentLogger();
  const client = new RedisClient({ url: inject('redisUrl'), logger, commandTimeoutMs: 10_000 });
  return {
    store: new RedisSessionStore({ client, logger }),
    cleanUp: (callSids) => removeKeys(redis, callSids),
  };
});
