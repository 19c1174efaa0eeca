import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisClient } from '../../src/redis/redis-client.js';
import { logSink } from '../support/log-sink.js';
import { RedisServer } from '../support/redis-server.js';
import { canStartRedis, connectTestRedis } from '../support/test-redis.js';

const TIMEOUT_MS = 1_000;

describe.skipIf(!canStartRedis)('The Redis client through an outage', () => {
  let server: RedisServer;
  let client: RedisClient;
  let sink: ReturnType<typeof logSink>;
  let states: boolean[];
  let faults: number;

  beforeEach(async () => {
    server = await RedisServer.start();
    sink = logSink();
    [states, faults] = [[], 0];
    client = new RedisClient({
      url: server.url,
      logger: sink.logger,
      commandTimeoutMs: TIMEOUT_MS,
      onFault: () => {
        faults += 1;
      },
      onAvailable: (isUp) => states.push(isUp),
    });
    await vi.waitFor(async () => expect(await get()).toBeNull());
    [states, faults] = [[], 0];
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });

  const get = (key = 'key') =>
    client.run<string | null | 'failed'>('get', (redis) => redis.get(key), 'failed');
  const messages = () => sink.lines().map(({ msg }) => msg);
  const goDown = async () => {
    server.pause();
    await untilDown();
  };
  /** Lateness of its own process excuses the server for a while. */
  const untilDown = () =>
    vi.waitFor(async () => {
      await Promise.all(Array.from({ length: 5 }, () => get()));
      expect(states).toEqual([false]);
    });

  it('asks nothing of a server that does not answer, and counts what it skips', async () => {
    await goDown();
    faults = 0;
    let asked = 0;
    const ask = async () => {
      asked += 1;
      return true;
    };
    const skipped = Array.from({ length: 1_000 }, () => client.run('get', ask, false));
    expect(new Set(await Promise.all(skipped))).toEqual(new Set([false]));
    expect(asked).toBe(0);
    expect(faults).toBe(1_000);
    expect(await client.checkHealth()).toMatchObject({ status: 'down' });
  });

  it('finds out by itself that the server answers again, and tells who waits for it once', async () => {
    const ready = vi.fn();
    client.onReady(ready);
    await goDown();
    server.resume();
    await vi.waitFor(() => expect(states).toEqual([false, true]));
    expect(ready).toHaveBeenCalledTimes(1);
    expect(await get()).toBeNull();
    expect(messages().filter((msg) => msg.startsWith('Redis answers again'))).toHaveLength(1);
  });

  it('goes down and comes up with a server that is busy with a script, without a new connection', async () => {
    const [redis, helper] = [connectTestRedis(server.url), connectTestRedis(server.url)];
    await helper.config('SET', 'busy-reply-threshold', '50');
    const ready = vi.fn();
    client.onReady(ready);
    const endless = redis.eval("while redis.call('TIME') do end", 0).catch(() => 'killed');
    await untilDown();
    await helper.script('KILL');
    expect(await endless).toBe('killed');
    await vi.waitFor(() => expect(states).toEqual([false, true]));
    expect(ready).toHaveBeenCalledTimes(1);
    redis.disconnect();
    helper.disconnect();
  });

  it('takes refusals for the answers that they are', async () => {
    await client.run('set', (redis) => redis.set('key', 'text'), null);
    for (let n = 0; n < 50; n++) await client.run('push', (redis) => redis.lpush('key', 'item'), 0);
    expect(states).toEqual([]);
    expect(await get()).toBe('text');
  });

  // The server has 50 ms for its answers once the loop goes on.
  it('does not blame the server for a time in which its own event loop was blocked', {
    retry: 2,
  }, async () => {
    const ready = vi.fn();
    client.onReady(ready);
    for (const ms of [100, 400, 1_200]) {
      const inFlight = Array.from({ length: 20 }, () => get());
      const until = performance.now() + ms;
      while (performance.now() < until);
      expect(new Set(await Promise.all(inFlight))).toEqual(new Set([null]));
      await pause(1);
    }
    expect(await get()).toBeNull();
    expect(states).toEqual([]);
    expect(ready).not.toHaveBeenCalled();
  });

  it('misses a server that is gone even when its own process is always late', async () => {
    server.pause();
    const deadline = Date.now() + 20_000;
    while (states.length === 0 && Date.now() < deadline) {
      const inFlight = Array.from({ length: 5 }, () => get());
      const until = performance.now() + 150;
      while (performance.now() < until);
      await Promise.all(inFlight);
    }
    expect(states).toEqual([false]);
  });

  it('says once that the server is another process now', async () => {
    const isNew = (msg: string) => msg.startsWith('Redis is another process');
    await vi.waitFor(async () => expect(await get()).toBeNull());
    const redis = connectTestRedis(server.url);
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await vi.waitFor(async () => expect(await get()).toBeNull());
    expect(messages().filter(isNew)).toHaveLength(0);
    redis.disconnect();
    await server.kill();
    await server.start();
    await vi.waitFor(() => expect(messages().filter(isNew)).toHaveLength(1));
  });
});
