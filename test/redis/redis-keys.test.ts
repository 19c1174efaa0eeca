import { readFileSync } from 'node:fs';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RIGHTS } from '../../src/redis/redis-advice.js';
import { CHANNEL_PATTERNS, KEY_PATTERNS } from '../../src/redis/redis-keys.js';
import { RedisServer } from '../support/redis-server.js';
import { createServerDatabase } from '../support/test-database.js';
import { QuickVoice, shopIsReady, startGateway, type TestGateway } from '../support/test-gateway.js';
import { canStartRedis, connectTestRedis } from '../support/test-redis.js';

const { TEST_DATABASE_URL } = process.env;
const SOON = { interval: 20 };
const PUBLIC_URL = 'http://localhost:4997';
const PASSWORD = 'planted-secret';
/** What a gateway gets along without: the page says what each is for. */
const OPTIONAL = /^(info|client\|\w+)$/;

describe('docs/redis-keys.md', () => {
  const page = readFileSync('docs/redis-keys.md', 'utf8');

  it('gives a user of its own the rights that the log asks for', () => {
    expect(/^ACL SETUSER NAME on >PASSWORD (.*)$/m.exec(page)?.[1]).toBe(RIGHTS);
  });

  it('names every kind of key, and every kind of channel', () => {
    const named = [...page.matchAll(/^\| `([a-z_]+:?)/gm)].map(([, kind = '']) => kind.replace(':', ':*'));
    expect([...new Set(named)].sort()).toEqual(
      expect.arrayContaining([...KEY_PATTERNS, ...CHANNEL_PATTERNS].sort()),
    );
  });
});

const DATABASES = [
  { name: 'PGlite', create: async () => null },
  ...(TEST_DATABASE_URL
    ? [{ name: 'PostgreSQL', create: () => createServerDatabase(TEST_DATABASE_URL) }]
    : []),
];

describe.skipIf(!canStartRedis).each(DATABASES)(
  'gateways on $name whose Redis user has these rights and no other',
  ({ create }) => {
    let server: RedisServer;
    let admin: ReturnType<typeof connectTestRedis>;
    let one: TestGateway;
    let other: TestGateway;
    const toEnd: (() => Promise<unknown>)[] = [];

    beforeAll(async () => {
      server = await RedisServer.start();
      admin = connectTestRedis(server.url);
      const database = await create();
      toEnd.push(
        async () => admin.disconnect(),
        () => server.stop(),
        async () => database?.drop(),
      );
      await admin.acl('SETUSER', 'gateway', 'on', `>${PASSWORD}`, ...RIGHTS.split(' '));
      const env = {
        REDIS_URL: server.url.replace('//', `//gateway:${PASSWORD}@`),
        SHOP_HOURS: '24/7',
        PUBLIC_URL,
        ...(database ? { DATABASE_URL: database.url } : {}),
      };
      const start = () => startGateway(env, new QuickVoice(), (end) => toEnd.push(end));
      [one, other] = [await start(), await start()];
      await Promise.all([shopIsReady(one), shopIsReady(other)]);
    }, 120_000);
    afterAll(async () => {
      for (const end of toEnd.reverse()) await end();
    });

    /** What Redis has refused: the command, the key or the channel. */
    const refused = async () => {
      const entries = (await admin.call('ACL', 'LOG')) as unknown[][];
      const objects = entries.map((entry) => String(entry[entry.indexOf('object') + 1]));
      return objects.filter((object) => !OPTIONAL.test(object));
    };

    it('do all that gateways do, and are refused nothing', async () => {
      const watching = new AbortController();
      const events = await fetch(`${other.url}/api/live`, {
        headers: { Accept: 'text/event-stream' },
        signal: watching.signal,
      });
      expect(events.status).toBe(200);
      const customer = { first_name: 'Ada', last_name: 'King', phone_number: '+15125550142' };
      await request(one.url).post('/api/customers').send(customer).expect(201);
      const call = one.twilio.call({ from: customer.phone_number, keepAudio: false });
      await call.untilSpoken();
      await vi.waitFor(async () => expect(await other.live(call.callSid)).toBeDefined(), SOON);
      await vi.waitFor(
        async () => expect(await admin.exists(`customer:${customer.phone_number}`)).toBe(1),
        SOON,
      );
      const times = '/api/availability?service_type=inspection&limit=1';
      const { availability } = await one.get<{ availability: { starts_at: string }[] }>(times);
      await vi.waitFor(async () => expect(await admin.keys('availability:*')).not.toEqual([]), SOON);
      const date = availability[0]?.starts_at;
      await request(one.url).post('/api/appointments').send({ service_type: 'inspection', date }).expect(201);
      await request(one.url).patch('/api/shop').send({ lead_minutes: 15 }).expect(200);
      await request(other.url).post(`/api/live/${call.callSid}/end`).expect(200);
      await call.untilEnded();
      await vi.waitFor(
        async () => expect(await one.get(`/api/calls/${call.callSid}`)).toHaveProperty('outcome'),
        SOON,
      );
      watching.abort();
      // All connections but those of subscriptions are lost: these are verified when Redis is there again.
      await admin.call('CLIENT', 'KILL', 'TYPE', 'normal');
      for (const gateway of [one, other]) {
        const health = () => request(gateway.url).get('/health/redis');
        await vi.waitFor(async () => expect((await health()).body).toMatchObject({ redis: 'up' }), SOON);
        await gateway.get(times);
      }
      expect(await refused()).toEqual([]);
      for (const { log } of [one, other]) expect(log.text()).not.toContain('NOPERM');
    }, 60_000);
  },
);
