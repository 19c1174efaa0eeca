import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FinishedCall } from '../../src/call-log/finished-call.js';
import { administer } from '../support/postgres-server.js';
import { RedisServer } from '../support/redis-server.js';
import { createServerDatabase } from '../support/test-database.js';
import {
  NO_DATABASE,
  QuickVoice,
  shopIsReady,
  startGateway,
  type TestGateway,
} from '../support/test-gateway.js';
import { canStartRedis } from '../support/test-redis.js';

const { TEST_DATABASE_URL = '' } = process.env;
const SOON = { interval: 20 };
const PUBLIC_URL = 'http://localhost:4998';

const KINDS = [
  { name: 'without Redis', startRedis: async () => null },
  ...(canStartRedis ? [{ name: 'with Redis', startRedis: () => RedisServer.start() }] : []),
];

describe.skipIf(TEST_DATABASE_URL === '').each(KINDS)('two gateways of a shop, $name,', ({ startRedis }) => {
  let redis: RedisServer | null;
  let databaseUrl: string;
  let one: TestGateway;
  let other: TestGateway;
  const toEnd: (() => Promise<unknown>)[] = [];
  const voices = [new QuickVoice(), new QuickVoice()];

  beforeAll(async () => {
    redis = await startRedis();
    const database = await createServerDatabase(TEST_DATABASE_URL);
    databaseUrl = database.url;
    toEnd.push(
      () => database.drop(),
      async () => redis?.stop(),
    );
    const env = { ...(redis ? { REDIS_URL: redis.url } : {}), DATABASE_URL: database.url, PUBLIC_URL };
    const start = (voice?: QuickVoice) => startGateway(env, voice, (end) => toEnd.push(end));
    [one, other] = [await start(voices[0]), await start(voices[1])];
    await Promise.all([shopIsReady(one), shopIsReady(other)]);
  }, 120_000);
  afterAll(async () => {
    for (const end of toEnd.reverse()) await end();
  });

  const change = async ({ url }: TestGateway, settings: object) => {
    const { body } = await request(url).patch('/api/shop').send(settings).expect(200);
    return body.revision as number;
  };
  const seen = ({ get }: TestGateway, revision: number) =>
    vi.waitFor(async () => expect(await get('/api/shop')).toMatchObject({ revision }), SOON);
  /** The first words that a caller of this gateway heard. */
  const greetingAt = async (gateway: TestGateway) => {
    const call = gateway.twilio.call({ keepAudio: false });
    await call.untilSpeaking();
    await call.hangUp();
    return vi.waitFor(async () => {
      const row = await gateway.get<Partial<FinishedCall>>(`/api/calls/${call.callSid}`);
      const [first] = row.full_transcript ?? [];
      expect(first).toBeDefined();
      return first?.content ?? '';
    }, SOON);
  };

  it('greet for the shop as the other has named it a moment ago', async () => {
    await seen(other, await change(one, { name: 'South Garage', address: '1 Main Street' }));
    await vi.waitFor(async () => expect(await greetingAt(other)).toContain('South Garage'), SOON);
    expect(await other.get('/api/shop')).toMatchObject({ name: 'South Garage', address: '1 Main Street' });
    expect(voices[1]?.said).toContain('Thank you for calling South Garage.');
  }, 60_000);

  it('go on with their calls as these have begun', async () => {
    const call = other.twilio.call({ keepAudio: false });
    await call.untilSpeaking();
    await seen(other, await change(one, { hours: 'Sun 10:00-12:00' }));
    const said = 'We are open Sunday, ten a.m. to noon.';
    await vi.waitFor(() => expect(voices[1]?.said).toContain(said), SOON);
    call.press('3');
    const told = () => other.live(call.callSid).then((live) => JSON.stringify(live?.conversation_history));
    await vi.waitFor(async () => expect(await told()).toContain('We are open Monday to Friday'), SOON);
    await call.hangUp();
  }, 60_000);

  it('hear of a change though the connection by which they are told was cut', async () => {
    const cut = await administer(
      databaseUrl,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bayline-listen' and datname = current_database()",
    );
    expect(cut.length).toBe(2);
    await seen(other, await change(one, { lead_minutes: 15 }));
    await seen(one, await change(other, { lead_minutes: 20 }));
    const listening = () =>
      administer(
        databaseUrl,
        "select 1 from pg_stat_activity where application_name = 'bayline-listen' and datname = current_database()",
      );
    await vi.waitFor(async () => expect(await listening()).toHaveLength(2), SOON);
    await seen(other, await change(one, { lead_minutes: 25 }));
  }, 60_000);

  it('know of a closure that the other has added, and of its end', async () => {
    const closure = { from: '2199-12-24', to: '2199-12-26' };
    const { body } = await request(one.url).post('/api/closures').send(closure).expect(201);
    const { revision } = await one.get<{ revision: number }>('/api/shop');
    await seen(other, revision);
    await request(other.url).delete(`/api/closures/${body.id}`).expect(204);
    await seen(one, revision + 1);
  }, 60_000);

  it('leave in Redis what a gateway goes by that cannot read the database', async () => {
    if (!redis) return;
    const revision = await change(one, { name: 'Kept Garage' });
    await seen(other, revision);
    const third = await startGateway({ REDIS_URL: redis.url, PUBLIC_URL, ...NO_DATABASE });
    await seen(third, revision);
    expect(await third.get('/api/shop')).toMatchObject({ name: 'Kept Garage' });
  }, 60_000);
});
