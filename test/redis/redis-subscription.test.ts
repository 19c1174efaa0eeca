import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { RedisSubscription } from '../../src/redis/redis-subscription.js';
import { RedisServer } from '../support/redis-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { canStartRedis } from '../support/test-redis.js';

const COMMAND_TIMEOUT_MS = 2_000;

describe.skipIf(!canStartRedis)('a subscription, after Redis was away', () => {
  let server: RedisServer;
  let way: TcpProxy;
  let others: Redis;
  let subscription: RedisSubscription;
  const heard: string[] = [];
  let listenings = 0;

  beforeAll(async () => {
    server = await RedisServer.start();
    way = await TcpProxy.listen({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    others = new Redis(server.url);
    const url = `redis://127.0.0.1:${way.port}`;
    const settings = { url, logger: silentLogger(), commandTimeoutMs: COMMAND_TIMEOUT_MS };
    subscription = new RedisSubscription(settings);
    subscription.join({
      onMessage: (_channel, text) => heard.push(text),
      onListening: () => {
        listenings += 1;
      },
    });
    subscription.listen('news');
    await vi.waitFor(() => expect(listenings).toBe(1));
  });

  afterAll(async () => {
    subscription.close();
    others.disconnect();
    await way.close();
    await server.stop();
  });

  async function connections(): Promise<number> {
    const info = await others.info('stats');
    return Number(/total_connections_received:(\d+)/.exec(info)?.[1]);
  }

  it('keeps a connection that answers, and tells that something may be missed', async () => {
    const before = await connections();
    await subscription.verify();
    expect(listenings).toBe(2);
    await others.publish('news', 'one');
    await vi.waitFor(() => expect(heard).toEqual(['one']));
    expect(await connections()).toBe(before);
  });

  it('opens a connection anew that is dead without knowing', async () => {
    const before = await connections();
    way.stop();
    await subscription.verify();
    way.goOn();
    await vi.waitFor(() => expect(listenings).toBe(3));
    await others.publish('news', 'two');
    await vi.waitFor(() => expect(heard).toEqual(['one', 'two']));
    expect(await connections()).toBe(before + 1);
  });
});
