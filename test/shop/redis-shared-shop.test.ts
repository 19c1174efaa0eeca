import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { RedisSubscription } from '../../src/redis/redis-subscription.js';
import { RedisSharedShop } from '../../src/shop/redis-shared-shop.js';
import { NOTHING_STORED, type StoredShop } from '../../src/shop/stored-shop.js';
import { RedisServer } from '../support/redis-server.js';
import { canStartRedis } from '../support/test-redis.js';

const SOON = { interval: 10 };
const SHOP: StoredShop = {
  revision: 7,
  settings: { name: 'Müller & Söhne', address: null, bays: 3 },
  retired: { exhaust: 'exhaust repair' },
  closures: [{ id: 1, from: '2026-12-24', to: '2026-12-26', bay: null, hours: null, reason: 'Christmas 🎄' }],
};

describe.skipIf(!canStartRedis)('the shop in Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  const endings: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.url);
    redis.on('error', () => undefined);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => redis.flushall());
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
  });

  /** What a gateway has of it, and what it was told. */
  const open = (connectionName = 'bayline') => {
    const settings = { url: server.url, logger: silentLogger(), commandTimeoutMs: 10_000, connectionName };
    const client = new RedisClient(settings);
    const subscription = new RedisSubscription({ ...settings, connectionName: 'bayline-shop' });
    const shared = new RedisSharedShop({ client, subscription, database: 0 });
    const heard: number[] = [];
    endings.push(async () => {
      shared.close();
      await client.close();
    });
    return { shared, heard, listen: () => shared.watch(({ revision }) => heard.push(revision)) };
  };

  it('is plain JSON, and read as it was kept', async () => {
    const { shared } = open();
    expect(await shared.read()).toBeNull();
    await shared.keep(SHOP, false);
    expect(JSON.parse((await redis.get('shop')) ?? '')).toEqual(SHOP);
    expect(await shared.read()).toEqual(SHOP);
    expect(await redis.ttl('shop')).toBe(-1);
  });

  it.each(['', 'no JSON', 'null', '[]', '{"revision":-1}', '{"revision":1,"settings":[]}'])(
    'is not there when the key holds %j',
    async (text) => {
      await redis.set('shop', text);
      expect(await open().shared.read()).toBeNull();
    },
  );

  it('is told to the others when it was changed, and only then', async () => {
    const [one, other] = [open(), open()];
    other.listen();
    await vi.waitFor(
      async () => expect(await redis.pubsub('NUMSUB', 'shop:0:changes')).toEqual(['shop:0:changes', 1]),
      SOON,
    );
    // Connected by now: what is kept before that is told when the connection stands.
    await one.shared.read();
    await one.shared.keep({ ...NOTHING_STORED, revision: 1 }, false);
    await one.shared.keep({ ...SHOP, revision: 2 }, true);
    await vi.waitFor(() => expect(other.heard).toContain(2), SOON);
    expect(other.heard).not.toContain(1);
    await redis.publish('shop:0:changes', 'no JSON');
    await one.shared.keep({ ...SHOP, revision: 3 }, true);
    await vi.waitFor(() => expect(other.heard).toContain(3), SOON);
  });

  it('is there again after Redis came back empty, and what was missed is read', async () => {
    const [one, other] = [open(), open()];
    other.listen();
    await one.shared.keep(SHOP, false);
    await server.kill();
    await server.start();
    await vi.waitFor(async () => expect(JSON.parse((await redis.get('shop')) ?? '{}')).toEqual(SHOP), SOON);
    await vi.waitFor(() => expect(other.heard).toContain(SHOP.revision), SOON);
  });

  describe('as a gateway has heard of it from another', () => {
    const listeners = async (count: number) =>
      vi.waitFor(
        async () => expect(await redis.pubsub('NUMSUB', 'shop:0:changes')).toEqual(['shop:0:changes', count]),
        SOON,
      );
    const revisionInRedis = async () => JSON.parse((await redis.get('shop')) ?? '{}').revision;

    it('is not put back to what was read before, when that gateway has lost its connection for a moment', async () => {
      const [one, other] = [open(), open('bayline-other')];
      one.listen();
      other.listen();
      await listeners(2);
      // Connected by now: what is kept before that is told when the connection stands.
      await Promise.all([one.shared.read(), other.shared.read()]);
      await other.shared.keep({ ...SHOP, revision: 5 }, false);
      await one.shared.keep({ ...SHOP, revision: 6 }, true);
      await vi.waitFor(() => expect([one.heard, other.heard]).toEqual([[6], [6]]), SOON);
      const clients = String(await redis.client('LIST'));
      const [, id = ''] = /^id=(\d+) .* name=bayline-other /m.exec(clients) ?? [];
      await redis.client('KILL', 'ID', id);
      // It tells the others what it has put back.
      await vi.waitFor(() => expect(one.heard.length).toBeGreaterThan(1), SOON);
      expect(await revisionInRedis()).toBe(6);
    });

    it('takes the place of an older change of its own that has reached Redis later', async () => {
      const { shared, heard, listen } = open();
      listen();
      await listeners(1);
      await shared.read();
      await shared.keep({ ...SHOP, revision: 5 }, false);
      // Published by another gateway, whose own write of the key came before that one.
      await redis.publish('shop:0:changes', JSON.stringify({ ...SHOP, revision: 6 }));
      await vi.waitFor(async () => expect([heard, await revisionInRedis()]).toEqual([[6], 6]), SOON);
    });

    it('is there again after Redis came back empty, also when that gateway has only read it there', async () => {
      await redis.set('shop', JSON.stringify(SHOP));
      await open().shared.read();
      await server.kill();
      await server.start();
      await vi.waitFor(async () => expect(await revisionInRedis()).toBe(SHOP.revision), SOON);
    });
  });
});
