import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Metrics } from '../../src/core/metrics.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { RedisMemory } from '../../src/redis/redis-memory.js';
import { logSink } from '../support/log-sink.js';
import { RedisServer } from '../support/redis-server.js';
import { canStartRedis, connectTestRedis } from '../support/test-redis.js';

const LIMIT = 50_000_000;

describe.skipIf(!canStartRedis)('The memory of Redis', () => {
  let server: RedisServer;
  let client: RedisClient;
  let memory: RedisMemory;
  const metrics = new Metrics();
  const sink = logSink('info');

  beforeEach(async () => {
    server = await RedisServer.start(['--maxmemory', String(LIMIT)]);
    client = new RedisClient({ url: server.url, logger: sink.logger, commandTimeoutMs: 2_000 });
    memory = new RedisMemory({ client, metrics, logger: sink.logger });
  });
  afterEach(async () => {
    memory.close();
    await client.close();
    await server.stop();
  });

  const figure = async (name: string) => {
    const found = new RegExp(`^bayline_redis_memory_${name} (\\d+)$`, 'm').exec(await metrics.text())?.[1];
    return found === undefined ? null : Number(found);
  };
  const warnings = () => sink.lines().filter(({ msg }) => msg.startsWith('Redis uses'));

  it('is told with its limit, and warned of once each time it comes near that', async () => {
    const redis = connectTestRedis(server.url);
    await memory.look();
    expect(await figure('limit_bytes')).toBe(LIMIT);
    expect(await figure('bytes')).toBeGreaterThan(100_000);
    expect(warnings()).toEqual([]);
    for (let n = 0; n < 39; n++) await redis.set(`ballast${n}`, Buffer.alloc(1_000_000, 'x'));
    await memory.look();
    await memory.look();
    expect(warnings()).toHaveLength(1);
    await redis.config('SET', 'maxmemory', String(Math.round(LIMIT * 1.25)));
    await memory.look();
    await redis.config('SET', 'maxmemory', String(LIMIT));
    await memory.look();
    expect(warnings()).toHaveLength(2);
    redis.disconnect();
  });

  it('is not told any more once Redis does not answer', async () => {
    await memory.look();
    expect(await figure('bytes')).not.toBeNull();
    await server.stop();
    await memory.look();
    expect([await figure('bytes'), await figure('limit_bytes')]).toEqual([null, null]);
  });

  it('is not asked for again by a user who may not, and that is no fault', async () => {
    const admin = connectTestRedis(server.url);
    await admin.acl('SETUSER', 'plain', 'on', '>pass', '~*', '+get', '+exists');
    const url = server.url.replace('redis://', 'redis://plain:pass@');
    const faults: string[] = [];
    const limited = new RedisClient({
      url,
      logger: sink.logger,
      commandTimeoutMs: 10_000,
      onFault: (operation) => faults.push(operation),
    });
    const unseen = new RedisMemory({ client: limited, metrics, logger: sink.logger });
    for (let n = 0; n < 3; n++) await unseen.look();
    expect(faults).toEqual([]);
    expect(sink.lines().filter(({ msg }) => msg.includes('ask for INFO'))).toHaveLength(1);
    expect(await figure('bytes')).toBeNull();
    unseen.close();
    await limited.close();
    admin.disconnect();
  });
});
