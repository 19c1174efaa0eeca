import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisUnrecordedCalls } from '../../src/call-log/redis-unrecorded-calls.js';
import { silentLogger } from '../../src/core/logger.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { endedCall } from '../support/finished-call.js';
import { RedisServer } from '../support/redis-server.js';
import { canStartRedis, connectTestRedis } from '../support/test-redis.js';

describe.runIf(canStartRedis)('finished calls in Redis', () => {
  let server: RedisServer;
  let client: RedisClient;
  beforeAll(async () => {
    server = await RedisServer.start();
    client = new RedisClient({ url: server.url, logger: silentLogger(), commandTimeoutMs: 10_000 });
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  test('are kept word for word, by CallSid, for a while, until they are forgotten', async () => {
    const kept = redisUnrecordedCalls(client);
    const figures = { count: 2, median: 30, max: 40 };
    const latency = {
      greeting_ms: 4,
      response_ms: figures,
      interruption_ms: null,
      mark_lag_ms: null,
      model_ms: null,
    };
    const due = { reason: 'requested', urgent: true, summary: 'Ring.', is_dialled: false } as const;
    const callback = { ...due, joins_open: true } as const;
    const calls = Array.from({ length: 250 }, (_, n) =>
      endedCall(`CA${n}`, n === 0 ? { latency, callback, confirmed_appointment: 7 } : {}),
    );
    const answers = await Promise.all(calls.map((call) => kept.keep(call)));
    expect(new Set(answers)).toEqual(new Set([true]));
    const found = await kept.all();
    expect(found).toHaveLength(250);
    expect(found).toEqual(expect.arrayContaining(calls));
    const redis = connectTestRedis(server.url);
    expect(await redis.ttl('finished_calls')).toBeGreaterThan(86_400);
    await redis.hset('finished_calls', 'CA7', 'no call');
    redis.disconnect();
    for (const { call_sid } of calls.slice(1)) await kept.forget(call_sid);
    expect(await kept.all()).toEqual(calls.slice(0, 1));
  });

  test('that a gateway of an older version kept are read without what it did not know', async () => {
    const kept = redisUnrecordedCalls(client);
    const latency = { greeting_ms: 4, response_ms: null, interruption_ms: null, mark_lag_ms: null };
    // What was there before: the first fields of a row, in one piece.
    const whole = endedCall('CA9', { outcome: 'hung_up' });
    const { agent, usage, intent, summary, path, after_hours, test, dial_status, ...rest } = whole;
    const { confirmed_appointment, callback, ...old } = rest;
    const redis = connectTestRedis(server.url);
    await redis.hset('finished_calls', 'CA9', JSON.stringify({ ...old, latency }));
    redis.disconnect();
    const found = (await kept.all()).find(({ call_sid }) => call_sid === 'CA9');
    const unknown = { agent, usage, intent: null, summary: null, path, after_hours, test, dial_status };
    const lacking = { ...unknown, confirmed_appointment, callback };
    expect(found).toEqual({ ...old, ...lacking, latency: { ...latency, model_ms: null } });
    await kept.forget('CA9');
  });

  test('never keep anybody waiting for a Redis that is gone', async () => {
    await server.kill();
    const kept = redisUnrecordedCalls(client);
    expect(await kept.keep(endedCall('CA1'))).toBe(false);
    await kept.forget('CA1');
    expect(await kept.all()).toEqual([]);
  });
});
