import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import request from 'supertest';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { silentLogger } from '../../src/core/logger.js';
import { EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { finishedCall } from '../support/finished-call.js';
import { textOfDatabase, textOfFolder, textOfRedis } from '../support/search-everything.js';
import { StreamMessages, streamSidOf } from '../support/stream-messages.js';
import { createServerDatabase } from '../support/test-database.js';
import { QuickVoice, shopIsReady, startGateway, type TestGateway } from '../support/test-gateway.js';
import { connectTestRedis, randomCallSid } from '../support/test-redis.js';
import { bookByKeys } from '../support/when-asked.js';

const { TEST_DATABASE_URL } = process.env;
const SOON = { interval: 20 };
const VIN = '4T1B11HK5KU200999';

interface Place {
  readonly store: 'Redis' | 'in process';
  readonly database: 'PGlite' | 'PostgreSQL';
}

const PLACES: readonly Place[] = [
  { store: 'in process', database: 'PGlite' },
  { store: 'Redis', database: 'PGlite' },
  ...(TEST_DATABASE_URL
    ? ([
        { store: 'in process', database: 'PostgreSQL' },
        { store: 'Redis', database: 'PostgreSQL' },
      ] as const)
    : []),
];

describe.each(PLACES)('with the store $store and $database', ({ store, database }) => {
  test('an erased customer is nowhere any more', async () => {
    const digits = String(Math.floor(Math.random() * 1e6)).padStart(6, '0');
    const [phone, name] = [
      `+1512${2 + (Number(digits) % 7)}${digits}`,
      `Xavier${'abcdefghij'[Number(digits[0])]}zo`,
    ];
    const traces = [phone.slice(2), name, 'Quillfeather', VIN, 'QUI 999'];
    const root = await mkdtemp(join(tmpdir(), 'erased-'));
    onTestFinished(() => rm(root, { recursive: true }));
    const [recordings, dataDir] = [join(root, 'recordings'), join(root, 'data')];
    const server = database === 'PostgreSQL' ? await createServerDatabase(TEST_DATABASE_URL ?? '') : null;
    if (server) onTestFinished(() => server.drop());
    const env = {
      RECORD_DIR: recordings,
      DATA_DIR: server ? 'memory' : dataDir,
      ...(server ? { DATABASE_URL: server.url } : {}),
      ...(store === 'Redis' ? { REDIS_URL: inject('redisUrl') } : {}),
    };
    const endings: (() => Promise<void>)[] = [];
    const house = await startGateway(env, new QuickVoice(), (end) => endings.push(end));
    let isClosed = false;
    const close = async () => {
      if (!isClosed) for (const end of endings) await end();
      isClosed = true;
    };
    onTestFinished(close);
    await shopIsReady(house);
    const redis = store === 'Redis' ? connectTestRedis() : null;
    if (redis) onTestFinished(() => redis.disconnect());

    const api = request(house.url);
    const fields = {
      phone_number: phone,
      first_name: name,
      last_name: 'Quillfeather',
      notes: `${name} pays late`,
    };
    const { body: customer } = await api.post('/api/customers').send(fields).expect(201);
    const car = { make: 'Kia', model: 'Rio', vin: VIN, plate: 'QUI 999' };
    await api.post(`/api/customers/${customer.id}/vehicles`).send(car).expect(201);
    const callSid = await bookedCall(house, phone);
    if (redis) {
      const kept = finishedCall(randomCallSid(), { caller_phone: phone, transcript: [] });
      await redis.hset('finished_calls', kept.call_sid, JSON.stringify(kept));
    }
    const seen = async () =>
      [redis ? await textOfRedis(redis) : '', await textOfFolder(recordings), house.log.text()] as const;
    const live = house.twilio.call({ from: phone, keepAudio: false });
    await live.untilState('streaming');
    await vi.waitFor(async () => expect(await house.live(live.callSid)).toBeDefined(), SOON);
    const refused = await api.delete(`/api/customers/${customer.id}`).expect(409);
    expect(refused.body.error).toContain('on the phone');
    await live.hangUp();
    await isRecorded(house, live.callSid);
    const fromPage = await callFromPage(house.url, phone, name);
    await isRecorded(house, fromPage);
    const { body: noted } = await api.get(`/api/phone/${fromPage}/notes`).expect(200);
    expect(JSON.stringify(noted)).toContain(name);
    await vi.waitFor(async () => {
      const [inRedis, recorded] = await seen();
      if (redis) for (const trace of [phone, name, VIN]) expect(inRedis).toContain(trace);
      expect(recorded).toContain('bayline-stream');
    }, SOON);

    const { body: erased } = await api.delete(`/api/customers/${customer.id}`).expect(200);
    expect(erased).toMatchObject({ appointments: 1, complete: true });
    expect(await textOfFolder(recordings)).toBe('');
    for (const what of ['notes', 'recording']) await api.get(`/api/phone/${fromPage}/${what}`).expect(404);
    await api.get(`/api/customers/${customer.id}`).expect(404);
    await api.delete(`/api/customers/${customer.id}`).expect(404);
    const { body: call } = await api.get(`/api/calls/${callSid}`).expect(200);
    expect(call).toMatchObject({ caller_phone: 'erased', outcome: 'booked', transcript: [] });

    await vi.waitFor(async () => {
      const everything = (await seen()).join('\n');
      for (const trace of traces) expect(everything).not.toContain(trace);
    }, SOON);
    await close();
    const left = server
      ? await textOfDatabase({ connectionString: server.url })
      : await textOfDataFolder(dataDir);
    expect(left).toContain(callSid);
    for (const trace of traces) expect(left).not.toContain(trace);
  }, 180_000);
});

/** An attested caller hears their name and books what is offered first; gives the CallSid. */
async function bookedCall(house: TestGateway, from: string): Promise<string> {
  const call = house.twilio.call({ from, stir: 'A', keepAudio: false });
  await bookByKeys(house, call);
  await call.untilEnded();
  const { outcome } = await isRecorded(house, call.callSid);
  expect(outcome).toBe('booked');
  return call.callSid;
}

/** A call from the browser phone that is greeted by name and hangs up; gives the CallSid. */
async function callFromPage(url: string, from: string, name: string): Promise<string> {
  const placed = request(url).post('/api/phone').set('Origin', url);
  const { body: call } = await placed.send({ from, attestation: 'A' }).expect(201);
  const socket = new WebSocket(call.stream_url, { origin: url });
  await once(socket, 'open');
  const messages = new StreamMessages(streamSidOf(1), call.call_sid);
  for (const message of [messages.connected(), messages.start()]) socket.send(JSON.stringify(message));
  await vi.waitFor(async () => {
    const { body } = await request(url).get(`/api/phone/${call.call_sid}/notes`);
    expect(JSON.stringify(body)).toContain(name);
  }, SOON);
  socket.send(JSON.stringify(messages.stop()));
  await once(socket, 'close');
  return call.call_sid;
}

function isRecorded(house: TestGateway, callSid: string) {
  return vi.waitFor(async () => {
    const call = await house.get<{ error?: string; outcome: string }>(`/api/calls/${callSid}`);
    expect(call.error).toBeUndefined();
    return call;
  }, SOON);
}

async function textOfDataFolder(folder: string): Promise<string> {
  const server = await EmbeddedPostgres.open(folder, silentLogger());
  const connection = await new Promise<pg.ClientConfig>((settle) => {
    server.run({ onListening: settle, onEnded: () => undefined });
  });
  try {
    return await textOfDatabase(connection);
  } finally {
    await server.close();
  }
}
