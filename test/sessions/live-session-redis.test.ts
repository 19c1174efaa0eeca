import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { LiveSession } from '../../src/sessions/live-session.js';
import { RedisSessionStore } from '../../src/sessions/redis-session-store.js';
import type { Session } from '../../src/sessions/session.js';
import { RedisServer } from '../support/redis-server.js';
import { newSession } from '../support/sample-session.js';
import { canStartRedis, connectTestRedis } from '../support/test-redis.js';

const CALLS = 50;

describe.skipIf(!canStartRedis)('Live sessions over Redis', () => {
  let server: RedisServer;
  let store: RedisSessionStore;
  let calls: LiveSession[];

  beforeEach(async () => {
    server = await RedisServer.start();
    const logger = silentLogger();
    const client = new RedisClient({ url: server.url, logger });
    store = new RedisSessionStore({ client, logger });
    const onStoreReady = (listener: () => void) => client.onReady(listener);
    const begin = () => new LiveSession(newSession(), { store, logger, ttlSeconds: 60, onStoreReady });
    calls = Array.from({ length: CALLS }, begin);
    await expectAllStored();
  });
  afterEach(async () => {
    await Promise.all(calls.map((call) => call.release()));
    await store.close();
    await server.stop();
  });

  async function expectAllStored(): Promise<void> {
    const redis = connectTestRedis(server.url);
    redis.on('error', () => {});
    const expected = calls.map((call) => withoutTime(call.data));
    const stored = async () => {
      const texts = await redis.mget(...calls.map((call) => `session:${call.data.call_sid}`));
      return texts.map((text) => withoutTime(JSON.parse(text ?? '{}')));
    };
    await vi.waitFor(async () => expect(await stored()).toEqual(expected));
    redis.disconnect();
  }

  /** Changes every call about every 20 ms, and gives the time in which 99 of 100 changes were made: the machine itself may stand still now and then. */
  async function talk(ms: number): Promise<number> {
    const until = Date.now() + ms;
    const times: number[] = [];
    for (let n = 0; Date.now() < until; n++) {
      for (const call of calls) {
        const startedAt = performance.now();
        call.change({ speaking: n % 2 === 0, collected_data: { n } });
        times.push(performance.now() - startedAt);
      }
      await new Promise((later) => setTimeout(later, 20));
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
  }

  it('are whole again after a stop of 2 s in which no change waited', async () => {
    server.pause();
    // A change is a few object copies; what it must never cost is a command timeout.
    expect(await talk(2_000)).toBeLessThan(250);
    server.resume();
    await expectAllStored();
    await talk(200);
    await expectAllStored();
  });

  it('are all there again when Redis was killed and comes back empty, without another change', async () => {
    await talk(100);
    await server.kill();
    await talk(500);
    await server.start();
    await expectAllStored();
  });

  it('leave nothing behind when they end while Redis is stopped', async () => {
    server.pause();
    for (const call of calls) call.change({ current_state: 'completed' });
    await Promise.all(calls.map((call) => call.delete()));
    server.resume();
    const redis = connectTestRedis(server.url);
    await vi.waitFor(async () => expect(await redis.keys('session:*')).toEqual([]));
    redis.disconnect();
  });
});

function withoutTime({ last_updated: _, ...session }: Session): Partial<Session> {
  return session;
}
