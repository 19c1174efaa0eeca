import { findRedisServer, RedisServer } from '../../test/support/redis-server.js';
import type { BenchEnvironment } from '../bench-topic.js';

/** Runs `work` with the Redis that was named, else with a private one that is stopped afterwards. */
export async function withRedis<T>(
  { redisUrl }: BenchEnvironment,
  work: (url: string) => Promise<T>,
): Promise<T> {
  if (redisUrl !== undefined) return work(redisUrl);
  if (findRedisServer() === null) {
    throw new Error(
      'This benchmark needs a Redis: put redis-server on PATH or name one with TEST_REDIS_URL.',
    );
  }
  const server = await RedisServer.start();
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}
