import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisClient } from '../../src/redis/redis-client.js';
import { type LogLine, logSink } from '../support/log-sink.js';
import { RedisServer } from '../support/redis-server.js';
import { canStartRedis, connectTestRedis } from '../support/test-redis.js';

const TIMEOUT_MS = 1_000;
/** Other work on the machine may delay a timer. */
const SLACK_MS = 10_000;

describe.skipIf(!canStartRedis)('The Redis client, with a server of its own', () => {
  let server: RedisServer;
  let client: RedisClient;
  let sink: ReturnType<typeof logSink>;
  let faults: string[];

  beforeEach(async () => {
    server = await RedisServer.start();
    sink = logSink();
    faults = [];
    client = connect(server.url);
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });

  const connect = (url: string, commandTimeoutMs = TIMEOUT_MS) =>
    new RedisClient({
      url,
      logger: sink.logger,
      commandTimeoutMs,
      onFault: (operation) => faults.push(operation),
    });
  const get = (key = 'key') =>
    client.run<string | null | 'failed'>('get', (redis) => redis.get(key), 'failed');
  const set = (key: string, value: string) =>
    client.run<string>('set', (redis) => redis.set(key, value), 'failed');
  const errors = () => sink.lines().filter((line) => line.level === 'error');
  const took = async (work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };
  /** The first connection counts in the time of its first operation, and the machine may be busy. */
  const usable = () => vi.waitFor(async () => expect(await get()).not.toBe('failed'));

  it('opens with its first operation, under its name', async () => {
    await client.close();
    client = connect(server.url, 20_000);
    expect(await set('key', 'value')).toBe('OK');
    expect(await get()).toBe('value');
    const redis = connectTestRedis(server.url);
    expect(await redis.client('LIST')).toContain('name=bayline');
    redis.disconnect();
  });

  it('is up, with a latency', async () => {
    await client.close();
    client = connect(server.url, 20_000);
    await get();
    expect(sink.lines().filter((line) => line.level !== 'debug')).toEqual([]);
    await expect.poll(() => client.checkHealth()).toEqual({ status: 'up', latencyMs: expect.any(Number) });
  });

  it('settles every operation in time while the server is stopped, and is usable soon after', async () => {
    await usable();
    faults = [];
    server.pause();
    const results = await Promise.all(Array.from({ length: 200 }, () => get()));
    expect(new Set(results)).toEqual(new Set(['failed']));
    expect(await took(get)).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(await took(() => client.checkHealth())).toBeLessThan(1_000 + SLACK_MS);
    expect(faults.filter((operation) => operation === 'get')).toHaveLength(201);
    server.resume();
    await usable();
    await vi.waitFor(() => expect(sink.lines().map((line) => line.msg)).toContain('Redis answers again'));
  });

  it('logs the beginning and the end of an outage, and how much was held back between', async () => {
    await usable();
    const before = sink.lines().length;
    server.pause();
    const until = Date.now() + TIMEOUT_MS + 2_200;
    for (let asked = 0; asked < 4_000 || Date.now() < until; asked += 20) {
      await Promise.all(Array.from({ length: 20 }, () => get()));
      await nextTurn();
    }
    server.resume();
    await usable();
    const isKnown = (line: LogLine) => ['warn', 'error', 'info'].includes(line.level);
    const told = () => sink.lines().slice(before).filter(isKnown);
    await vi.waitFor(() =>
      expect(told().slice(-2)).toMatchObject([
        {
          level: 'error',
          msg: 'Redis does not answer: nothing is asked of it until it does; calls go on without it',
        },
        { level: 'info', msg: 'Redis answers again', suppressed: expect.any(Number) },
      ]),
    );
    expect(
      new Set(
        told()
          .slice(0, -2)
          .map(({ kind }) => kind),
      ),
    ).toEqual(new Set(['timeout']));
    expect(told().length).toBeLessThanOrEqual(4);
    expect(sink.lines().some((line) => (line.suppressed ?? 0) > 1_000)).toBe(true);
  });

  it('fails at once while the server is gone, and comes back with it', async () => {
    await usable();
    await set('key', 'value');
    await server.kill();
    await vi.waitFor(async () => expect(await get()).toBe('failed'));
    const results = Promise.all(Array.from({ length: 100 }, () => get()));
    expect(await Promise.race([results, nextTurn('late')])).toEqual(Array(100).fill('failed'));
    const ready = vi.fn();
    client.onReady(ready);
    await server.start();
    await usable();
    expect(await get()).toBeNull();
    expect(ready).toHaveBeenCalledTimes(1);
  });

  it('settles what was in flight when the server is killed', async () => {
    await usable();
    server.pause();
    const inFlight = Array.from({ length: 50 }, () => get());
    await server.kill();
    expect(new Set(await Promise.all(inFlight))).toEqual(new Set(['failed']));
  });

  it('starts without a server and finds it later', async () => {
    await server.kill();
    expect(await took(get)).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(await client.checkHealth()).toEqual({
      status: 'down',
      error: expect.stringMatching(/^Redis is not reachable: connection refused/),
    });
    await server.start();
    await usable();
  });

  it('closes in time even when the server is stopped', async () => {
    await usable();
    server.pause();
    expect(await took(() => client.close())).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    expect(await get()).toBe('failed');
    server.resume();
  });

  it('closes without ever having been opened, and twice', async () => {
    await client.close();
    await client.close();
    expect(await get()).toBe('failed');
  });

  it('goes on reading and deleting when Redis is out of memory, and does not reconnect', async () => {
    await usable();
    await set('key', 'value');
    const redis = connectTestRedis(server.url);
    await redis.config('SET', 'maxmemory', '1');
    const ready = vi.fn();
    client.onReady(ready);
    const before = errors().length;
    expect(await set('other', 'secret-value')).toBe('failed');
    expect(await get()).toBe('value');
    expect(errors().slice(before)).toMatchObject([{ kind: 'OOM', operation: 'set' }]);
    await redis.config('SET', 'maxmemory', '0');
    expect(await set('other', 'value')).toBe('OK');
    expect(ready).not.toHaveBeenCalled();
    redis.disconnect();
  });

  it('reconnects at most once a second to a replica that refuses writes', async () => {
    await usable();
    const redis = connectTestRedis(server.url);
    await redis.replicaof('127.0.0.1', 1);
    const ready = vi.fn();
    client.onReady(ready);
    const beganAt = performance.now();
    while (performance.now() - beganAt < 2_500) {
      await Promise.all(Array.from({ length: 10 }, () => set('key', 'value')));
      await nextTurn();
    }
    expect(sink.lines().filter((line) => line.msg.startsWith('Redis does not answer:'))).toEqual([]);
    expect(ready.mock.calls.length).toBeLessThanOrEqual(2 + (performance.now() - beganAt) / 1_000);
    expect(ready.mock.calls.length).toBeGreaterThan(0);
    await redis.replicaof('NO', 'ONE');
    await vi.waitFor(async () => expect(await set('key', 'value')).toBe('OK'));
    redis.disconnect();
  });

  it('logs nothing of what is written, whatever goes wrong', async () => {
    await usable();
    await set('customer:+15550001234', 'planted-canary');
    await client.run('push', (redis) => redis.lpush('customer:+15550001234', 'planted-canary'), 0);
    server.pause();
    await set('customer:+15550001234', 'planted-canary');
    await server.kill();
    await set('customer:+15550001234', 'planted-canary');
    expect(errors().map((line) => line.kind)).toEqual(expect.arrayContaining(['WRONGTYPE', 'timeout']));
    expect(sink.text()).not.toMatch(/planted-canary|0001234/);
  });
});
