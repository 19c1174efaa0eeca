import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { redisStreamLedger } from '../../src/stream-ledger/redis-stream-ledger.js';
import { describeStreamLedger } from '../contracts/stream-ledger.js';
import { RedisServer } from '../support/redis-server.js';
import { canStartRedis, connectTestRedis, randomCallSid } from '../support/test-redis.js';

const settings = { url: inject('redisUrl'), logger: silentLogger(), commandTimeoutMs: 10_000 };
const clients = [new RedisClient(settings), new RedisClient(settings)] as const;
let redis: Redis;

beforeAll(() => {
  redis = connectTestRedis();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  redis.disconnect();
});

const keysOf = (callSid: string) =>
  [0, 1, 3].flatMap((hop) => [`stream:${callSid}:${hop}`, `stream:${callSid}:${hop}:opened`]);

describeStreamLedger('The Redis ledger', async () => ({
  ledgers: [redisStreamLedger(clients[0]), redisStreamLedger(clients[1])],
  cleanUp: async (callSids) => {
    await redis.del(...callSids.flatMap(keysOf));
  },
}));

describe('The Redis ledger', () => {
  it('keeps plain text under readable keys, for two minutes', async () => {
    const ledger = redisStreamLedger(clients[0]);
    const callSid = randomCallSid();
    await ledger.propose({ callSid, hop: 0 }, 'the-token');
    await ledger.claim({ callSid, hop: 0 });
    expect(await redis.get(`stream:${callSid}:0`)).toBe('the-token');
    expect(await redis.get(`stream:${callSid}:0:opened`)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    for (const key of [`stream:${callSid}:0`, `stream:${callSid}:0:opened`]) {
      const ttl = await redis.pttl(key);
      expect(ttl).toBeGreaterThan(60_000);
      expect(ttl).toBeLessThanOrEqual(120_000);
    }
    await redis.del(...keysOf(callSid));
  });

  it.skipIf(!canStartRedis)('cannot tell while Redis is gone, and does not reject', async () => {
    const server = await RedisServer.start();
    onTestFinished(() => server.stop());
    const client = new RedisClient({ url: server.url, logger: silentLogger(), commandTimeoutMs: 1000 });
    onTestFinished(() => client.close());
    const ledger = redisStreamLedger(client);
    await expect.poll(() => ledger.claim({ callSid: 'CA0', hop: 0 })).toBe(false);
    server.pause();
    const stream = { callSid: 'CA1', hop: 0 };
    expect(await Promise.all([ledger.propose(stream, 'token'), ledger.claim(stream)])).toEqual([null, null]);
    server.resume();
    await server.kill();
    expect(await Promise.all([ledger.propose(stream, 'token'), ledger.claim(stream)])).toEqual([null, null]);
  });
});
