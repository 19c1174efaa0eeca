import { once } from 'node:events';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Router } from 'express';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { StreamMessages } from '../../../packages/twilio-simulator/src/stream-message.js';
import { FRONT_DESK_ADDRESSES } from '../../../src/server/routes/front-desk.js';
import { OPERATIONS } from '../../../src/server/routes/openapi.js';
import type { ExampleRequest, Operation } from '../../../src/server/routes/operation.js';
import { DOCUMENT, documentedApi } from '../../support/documented-answers.js';
import { shopIsReady, startGateway, type TestGateway } from '../../support/test-gateway.js';

interface ServedRoute {
  readonly path: unknown;
  readonly methods: Readonly<Record<string, boolean>>;
}

const endings: (() => Promise<void>)[] = [];
const routed = vi.spyOn(Router.prototype, 'route');
let house: TestGateway;
let served: readonly ServedRoute[];
beforeAll(async () => {
  house = await startGateway({ REDIS_URL: inject('redisUrl') }, undefined, (end) => endings.push(end));
  served = routed.mock.results.map(({ value }): ServedRoute => value);
  routed.mockRestore();
  await shopIsReady(house);
});
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

const api = () => documentedApi(house.url);

describe('the document', () => {
  test('is OpenAPI 3.1 to a validator that knows nothing of us', async () => {
    const result = await new Validator().validate(JSON.parse(JSON.stringify(DOCUMENT)));
    expect(result).toEqual({ valid: true });
  });

  test('is served as it is', async () => {
    const { body } = await api().get('/api/openapi.json').expect(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(DOCUMENT)));
  });

  test('has every route of the gateway besides the page and the webhooks, and no other', () => {
    const routes = served.flatMap(({ path, methods }) =>
      Object.keys(methods).map((method) => `${method} ${String(path).replace(/:(\w+)/g, '{$1}')}`),
    );
    const documented = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
    const ofApi = routes.filter((route) =>
      /^(get|post|put|patch|delete) \/(api|health|metrics|calendar)/.test(route),
    );
    // A list has two routes: one makes CSV of it.
    expect([...new Set(ofApi)].toSorted()).toEqual(documented.toSorted());
    const others = routes
      .filter((route) => !/ \/(api\/|health|metrics|calendar)/.test(route))
      .map((route) => route.split(' ')[1]);
    const pages = FRONT_DESK_ADDRESSES.map((address) => address.replace(/:(\w+)/g, '{$1}'));
    expect(others.filter((path = '') => !pages.includes(path) && !path.startsWith('/twilio'))).toEqual([]);
  });

  test('has a name of its own for every operation', () => {
    const names = OPERATIONS.map(({ id }) => id);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe('each example is answered as the document says', () => {
  let customers = 0;
  const send = async (path: string, body: object): Promise<{ id: number }> =>
    (await api().post(path).send(body).expect(201)).body;
  const customer = async () => {
    customers += 1;
    const phone_number = `+1512555${2000 + customers}`;
    return send('/api/customers', { phone_number, first_name: 'Ada', last_name: 'King' });
  };
  const openTime = async (service: string): Promise<string> => {
    const { body } = await api().get(`/api/availability?service_type=${service}&limit=1`).expect(200);
    return body.availability[0].starts_at;
  };
  const finishedCall = async () => {
    const call = house.twilio.call({ keepAudio: false });
    await call.untilSpeaking();
    await call.hangUp();
    await vi.waitFor(() => api().get(`/api/calls/${call.callSid}`).expect(200));
    return call.callSid;
  };
  /** Its stream was open for a moment. */
  const phoneCall = async (): Promise<string> => {
    const { body } = await api().post('/api/phone').set('Origin', house.url).send({}).expect(201);
    const messages = new StreamMessages({
      accountSid: `AC${'0'.repeat(32)}`,
      callSid: body.call_sid,
      streamSid: `MZ${'0'.repeat(32)}`,
    });
    const socket = new WebSocket(body.stream_url, { origin: house.url });
    await once(socket, 'open');
    socket.send(messages.start(body.parameters));
    await once(socket, 'message');
    socket.send(messages.stop());
    await once(socket, 'close');
    return body.call_sid;
  };
  const droppedCall = async () => {
    const call = house.twilio.call({ keepAudio: false, from: '+15125550142' });
    await call.untilSpeaking();
    call.press('1');
    const isWanted = ({ call_sid, intent }: { call_sid: string; intent: string | null }) =>
      call_sid === call.callSid && intent !== null;
    await vi.waitFor(async () => expect((await api().get('/api/live')).body.live.some(isWanted)).toBe(true));
    await call.hangUp();
    return call.callSid;
  };
  /** Makes what stands in the path, so that no example depends on what another has done. */
  const MADE: Readonly<Record<string, () => Promise<Record<string, string | number>>>> = {
    customers: async () => ({ id: (await customer()).id }),
    vehicles: async () => {
      const { id } = await customer();
      const vehicle = await send(`/api/customers/${id}/vehicles`, { make: 'Kia', model: 'Rio' });
      return { id: vehicle.id };
    },
    appointments: async () => {
      const service_type = 'inspection';
      const booked = await send('/api/appointments', { service_type, date: await openTime(service_type) });
      return { id: booked.id };
    },
    '{secret}.ics': async () => {
      const { body } = await api().post('/api/calendar/rotate').expect(200);
      return { secret: new URL(body.url).pathname.slice('/calendar/'.length, -'.ics'.length) };
    },
    calls: async () => ({ call_sid: await finishedCall() }),
    callbacks: async () => {
      const callSid = await droppedCall();
      return vi.waitFor(async () => {
        const { body } = await api().get('/api/callbacks?status=open').expect(200);
        const found = body.callbacks.find(({ call_sid }: { call_sid: string }) => call_sid === callSid);
        expect(found).toBeDefined();
        return { id: found.id };
      });
    },
    live: async () => {
      const call = house.twilio.call({ keepAudio: false });
      await call.untilSpeaking();
      return { call_sid: call.callSid };
    },
    phone: async () => ({ call_sid: await phoneCall() }),
    closures: async () => ({
      id: (await send('/api/closures', { from: '2030-01-01', to: '2030-01-01' })).id,
    }),
  };

  async function prepared({ path, example }: Operation): Promise<ExampleRequest> {
    const [, , kind = ''] = path.split('/');
    const made = example.path ? ((await MADE[kind]?.()) ?? example.path) : {};
    return { ...example, path: made, body: await withOpenTime(example.body) };
  }

  /** The days of examples are long gone, or closed. */
  async function withOpenTime(body: unknown): Promise<unknown> {
    if (typeof body !== 'object' || body === null) return body;
    if (!('date' in body && 'service_type' in body)) return body;
    return { ...body, date: await openTime(String(body.service_type)) };
  }

  test.each(OPERATIONS.map((operation) => [operation.id, operation] as const))('%s', async (_, operation) => {
    const { method, status = 200, bodyType, answer } = operation;
    const { path = {}, query = {}, body } = await prepared(operation);
    const address = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) => String(path[name]));
    const asked = api()[method](address).query(query);
    if (bodyType) asked.type(bodyType);
    const isSendable = typeof body === 'string' || (typeof body === 'object' && body !== null);
    const answered = await asked.send(isSendable ? body : undefined);
    expect([answered.status, answered.body]).toEqual([status, expect.anything()]);
    if (answer) expect(answer.safeParse(answered.body)).toMatchObject({ success: true });
  });
});
