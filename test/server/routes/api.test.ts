import { get as httpGet } from 'node:http';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { ErasedAnswer, VehicleBody } from '../../../src/server/routes/customers.js';
import { documentedApi } from '../../support/documented-answers.js';
import { shopIsReady, startGateway, type TestGateway } from '../../support/test-gateway.js';
import { connectTestRedis } from '../../support/test-redis.js';

const redis = connectTestRedis();
const endings: (() => Promise<void>)[] = [];
let house: TestGateway;
beforeAll(async () => {
  house = await startGateway({ REDIS_URL: inject('redisUrl') }, undefined, (end) => endings.push(end));
  await shopIsReady(house);
});
afterAll(async () => {
  for (const end of endings.reverse()) await end();
  redis.disconnect();
});

const api = () => documentedApi(house.url);
let numbers = 5_550_300;
const newPhone = () => {
  numbers += 1;
  return `+1512${numbers}`;
};
const customer = (fields = {}) => ({
  phone_number: newPhone(),
  first_name: 'Ada',
  last_name: 'King',
  ...fields,
});

async function created(fields = {}) {
  const { body } = await api().post('/api/customers').send(customer(fields)).expect(201);
  return body;
}

async function openTimes(service: string, limit = 5): Promise<string[]> {
  const { body } = await api().get(`/api/availability?service_type=${service}&limit=${limit}`).expect(200);
  return body.availability.map((open: { starts_at: string }) => open.starts_at);
}

describe('customers', () => {
  test('are created with their number in E.164, read, changed and found by it', async () => {
    const phone = newPhone();
    const spelled = `(512) ${phone.slice(5, 8)}-${phone.slice(8)}`;
    const { id, ...made } = await created({ phone_number: spelled, email: 'ada@example.com' });
    expect(made).toEqual({
      phone_number: phone,
      first_name: 'Ada',
      last_name: 'King',
      email: 'ada@example.com',
      notes: null,
      vehicles: [],
      upcoming_appointments: [],
      last_service_date: null,
    });
    expect((await api().get(`/api/customers/${id}`).expect(200)).body).toEqual({ id, ...made });
    const changed = await api()
      .patch(`/api/customers/${id}`)
      .send({ email: null, first_name: 'Augusta' })
      .expect(200);
    expect(changed.body).toEqual({ id, ...made, email: null, first_name: 'Augusta' });
    const found = await api()
      .get(`/api/customers?phone=${encodeURIComponent(phone)}`)
      .expect(200);
    expect(found.body).toEqual({ customers: [changed.body] });
  });

  test('come newest first, page by page', async () => {
    const ids = [await created(), await created(), await created()].map(({ id }) => id);
    const page = await api().get('/api/customers?limit=2').expect(200);
    expect(page.body.customers.map(({ id }: { id: number }) => id)).toEqual([ids[2], ids[1]]);
    const next = await api().get(`/api/customers?limit=1&before=${ids[1]}`).expect(200);
    expect(next.body.customers[0].id).toBe(ids[0]);
  });

  test('are searched for by name, number or plate, and have notes', async () => {
    const { id, phone_number } = await created({ last_name: 'Lovelace-Byron', notes: 'Pays late.' });
    await api()
      .post(`/api/customers/${id}/vehicles`)
      .send({ make: 'A', model: 'B', plate: 'LB 1815' })
      .expect(201);
    for (const q of ['byron lovel', phone_number.slice(2), 'lb18', '  ']) {
      const { body } = await api().get('/api/customers').query({ q, limit: 200 }).expect(200);
      expect(body.customers.map((each: { id: number }) => each.id)).toContain(id);
    }
    const { body } = await api().patch(`/api/customers/${id}`).send({ notes: null }).expect(200);
    expect(body).toMatchObject({ notes: null, vehicles: [{ plate: 'LB 1815' }] });
    const odd = await api()
      .get('/api/customers')
      .query({ q: 'x'.repeat(101) });
    expect([odd.status, odd.body.error]).toEqual([400, expect.stringContaining('q must have')]);
  });

  test('are erased, once', async () => {
    const { id, phone_number } = await created();
    const { body } = await api().delete(`/api/customers/${id}`).expect(200);
    expect(ErasedAnswer.parse(body)).toEqual({ calls: 0, appointments: 0, callbacks: 0, complete: true });
    await api().delete(`/api/customers/${id}`).expect(404);
    await api().delete('/api/customers/0').expect(404);
    await api()
      .delete(`/api/calls/CA${'0'.repeat(32)}`)
      .expect(404);
    await api().delete('/api/calls/1').expect(404);
    await api().post('/api/customers').send(customer({ phone_number })).expect(201);
  });

  test('never share a number', async () => {
    const { phone_number } = await created();
    const answer = await api().post('/api/customers').send(customer({ phone_number })).expect(409);
    expect(answer.body.error).toMatch(/number/);
  });

  test('name every wrong field', async () => {
    const answer = await api()
      .post('/api/customers')
      .send({ first_name: '', email: 'x', age: 3 })
      .expect(400);
    expect(Object.keys(answer.body)).toEqual(['error']);
    for (const field of ['phone_number', 'first_name', 'last_name', 'email', 'age']) {
      expect(answer.body.error).toContain(field);
    }
    await api()
      .post('/api/customers')
      .send(customer({ phone_number: 'home' }))
      .expect(400);
  });

  test.each(['/api/customers/999999', '/api/customers/x', '/api/customers/-1', '/api/nothing'])(
    '%s is a 404 in JSON',
    async (path) => {
      const answer = await api().get(path).expect(404);
      expect(Object.keys(answer.body)).toEqual(['error']);
    },
  );

  test.each([
    ['/api/customers?limit=0', 'limit must be a whole number from 1 to 200.'],
    ['/api/customers?limit=99999999', 'limit must be a whole number from 1 to 200.'],
    ['/api/customers?phone=anonymous', 'phone is not a phone number: write it like +1 512 555 0100.'],
    ['/api/availability', 'service_type is missing.'],
    ['/api/calls?outcome=booked,lost', /^outcome must be one or more of booked, .*, failed, with commas/],
    ['/api/appointments?status=', /^status must be one or more of booked, .*, cancelled, with commas/],
  ])('GET %s is told what is wrong, by the name it was asked with', async (path, sentence) => {
    const { error } = (await api().get(path).expect(400)).body;
    if (typeof sentence === 'string') expect(error).toBe(sentence);
    else expect(error).toMatch(sentence);
  });

  test('a body is told which fields are missing and which there are not, in sentences that end once', async () => {
    const answer = await api().post('/api/customers').send({ first_name: 'Ada', age: 3 }).expect(400);
    expect(answer.body.error).toBe('phone_number is missing; last_name is missing; age is not a field here.');
    const services = [{ type: 'wash', name: 'wash', choice: 'a wash', minutes: 30, colour: 'red' }];
    const change = { hours: 'nonsense', services };
    const { error } = (await api().patch('/api/shop').send(change).expect(400)).body;
    expect(error).toMatch(/^hours cannot be used: .*[^.]; services\.0\.colour is not a field here\.$/);
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=x', 'limit'],
    ['before=me', 'before'],
    ['limit=201', 'limit'],
  ])('refuse ?%s', async (query, name) => {
    expect((await api().get(`/api/customers?${query}`).expect(400)).body.error).toContain(name);
  });
});

describe('vehicles', () => {
  test('are added, changed and removed', async () => {
    const { id } = await created();
    const car = { make: 'Honda', model: 'Civic', year: 2019, vin: '2hgfc2f59hh500456', plate: null };
    const { body } = await api().post(`/api/customers/${id}/vehicles`).send(car).expect(201);
    expect(body).toEqual({ id: body.id, ...car, vin: '2HGFC2F59HH500456' });
    const changed = await api().patch(`/api/vehicles/${body.id}`).send({ year: null }).expect(200);
    expect(changed.body).toEqual({ ...body, year: null });
    await api().delete(`/api/vehicles/${body.id}`).expect(204);
    await api().delete(`/api/vehicles/${body.id}`).expect(404);
    expect((await api().get(`/api/customers/${id}`)).body.vehicles).toEqual([]);
  });

  test('name every wrong field, and need an owner', async () => {
    const { id } = await created();
    const answer = await api()
      .post(`/api/customers/${id}/vehicles`)
      .send({ make: '', year: 1800, vin: 'I' })
      .expect(400);
    for (const field of ['make', 'model', 'year', 'vin']) expect(answer.body.error).toContain(field);
    await api().post('/api/customers/999999/vehicles').send({ make: 'A', model: 'B' }).expect(404);
  });
});

test('a gateway that runs over New Year takes the cars of the next one', () => {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2041, 0, 1) });
  const takes = (year: number) => VehicleBody.safeParse({ make: 'Honda', model: 'Civic', year }).success;
  expect([2042, 2043].map(takes)).toEqual([true, false]);
});

describe('appointments', () => {
  test('are booked at an open time, moved, cancelled and listed', async () => {
    const { id: customer_id } = await created();
    const [first = '', second = ''] = await openTimes('inspection');
    const { body } = await api()
      .post('/api/appointments')
      .send({ service_type: 'inspection', date: first, customer_id })
      .expect(201);
    expect(body).toMatchObject({ service_type: 'inspection', date: first, status: 'booked', customer_id });
    expect((await api().get(`/api/customers/${customer_id}`)).body.upcoming_appointments).toEqual([
      { id: body.id, service_type: 'inspection', date: first },
    ]);
    const moved = await api().patch(`/api/appointments/${body.id}`).send({ date: second }).expect(200);
    expect(moved.body.date).toBe(second);
    const period = `from=${encodeURIComponent(second)}&limit=200`;
    const listed = await api().get(`/api/appointments?${period}`).expect(200);
    expect(listed.body.appointments).toContainEqual(moved.body);
    expect((await api().delete(`/api/appointments/${body.id}`).expect(200)).body.status).toBe('cancelled');
    expect((await api().get(`/api/customers/${customer_id}`)).body.upcoming_appointments).toEqual([]);
  });

  test('are refused where nothing is open: the same rules as the offer', async () => {
    const [open = ''] = await openTimes('tires', 1);
    const book = (date: string) => api().post('/api/appointments').send({ service_type: 'tires', date });
    await book(open.replace(/T\d\d:\d\d/, 'T03:00')).expect(409);
    await book('2020-01-06T09:00:00-06:00').expect(409);
    const booked: number[] = [];
    for (let bay = 0; bay < 3; bay += 1) booked.push((await book(open)).status);
    expect(booked.at(-1)).toBe(409);
    expect(await openTimes('tires', 1)).not.toEqual([open]);
  });

  test('have a bay, notes and what the customer knows, and are listed by their status', async () => {
    const [, , , date = ''] = await openTimes('oil_change', 20);
    const booking = { service_type: 'oil_change', date, bay: 2, notes: 'Waits here.', confirmed: true };
    const { body } = await api().post('/api/appointments').send(booking).expect(201);
    expect(body).toMatchObject({ bay: 2, notes: 'Waits here.', confirmed: true, status: 'booked' });
    const again = await api().post('/api/appointments').send(booking).expect(409);
    expect(again.body.error).toBe('Bay 2 is taken at that time.');
    const elsewhere = await api()
      .post('/api/appointments')
      .send({ ...booking, bay: 9 })
      .expect(409);
    expect(elsewhere.body.error).toContain('not done in that bay');
    const there = await api().patch(`/api/appointments/${body.id}`).send({ status: 'arrived', notes: null });
    expect(there.body).toMatchObject({ status: 'arrived', notes: null, confirmed: true });
    const idsOf = async (status: string) => {
      const { body: answer } = await api().get(`/api/appointments?status=${status}&limit=200`).expect(200);
      return answer.appointments.map(({ id }: { id: number }) => id);
    };
    expect(await idsOf('ready,arrived')).toContain(body.id);
    expect(await idsOf('booked')).not.toContain(body.id);
    const wrong = await api().get('/api/appointments?status=arrived,gone').expect(400);
    expect(wrong.body.error).toMatch(/^status must be one or more of booked, /);
    await api().delete(`/api/appointments/${body.id}`).expect(200);
  });

  test('go over the horizon for staff who say so', async () => {
    const [open = ''] = await openTimes('oil_change', 1);
    const far = new Date(Date.parse(open) + 140 * 86_400_000).toISOString().slice(0, 10);
    const booking = { service_type: 'oil_change', date: `${far}${open.slice(10, 19)}` };
    const refused = await api().post('/api/appointments').send(booking).expect(409);
    expect(refused.body.error).toContain('too far ahead');
    const { body } = await api()
      .post('/api/appointments')
      .send({ ...booking, override: true })
      .expect(201);
    await api().delete(`/api/appointments/${body.id}`).expect(200);
    const bad = await api()
      .post('/api/appointments')
      .send({ ...booking, override: 'yes', bay: 0, confirmed: 1 });
    expect(bad.status).toBe(400);
    for (const field of ['override', 'bay', 'confirmed']) expect(bad.body.error).toContain(field);
  });

  test('name every wrong field', async () => {
    const answer = await api().post('/api/appointments').send({ date: 5, customer_id: -1 }).expect(400);
    for (const field of ['service_type', 'date', 'customer_id']) expect(answer.body.error).toContain(field);
    await api().post('/api/appointments').send({ service_type: 'wash', date: '2026-11-24' }).expect(400);
    await api().get('/api/availability').expect(400);
    await api().get('/api/availability?service_type=wash').expect(400);
    await api().patch('/api/appointments/1').send({ status: 'held' }).expect(400);
    await api().patch('/api/appointments/999999').send({ status: 'booked' }).expect(404);
    await api().delete('/api/appointments/999999').expect(404);
  });
});

describe('a write makes the cached customer out of date', () => {
  async function cached(phone: string) {
    const call = house.twilio.call({ from: phone, keepAudio: false });
    await vi.waitFor(async () => expect(await redis.exists(`customer:${phone}`)).toBe(1));
    await call.hangUp();
  }
  const isGone = async (phone: string) => expect(await redis.exists(`customer:${phone}`)).toBe(0);

  test('a profile, by its old and its new number', async () => {
    const { id, phone_number } = await created();
    const [before, after] = [phone_number, newPhone()];
    await cached(before);
    await api().patch(`/api/customers/${id}`).send({ phone_number: after }).expect(200);
    await isGone(before);
    await cached(after);
    await api().patch(`/api/customers/${id}`).send({ first_name: 'Eve' }).expect(200);
    await isGone(after);
  });

  test('a vehicle and an appointment', async () => {
    const { id, phone_number } = await created();
    const [date = ''] = await openTimes('oil_change', 1);
    let vehicleId = 0;
    let appointmentId = 0;
    const writes = [
      async () => {
        const added = await api().post(`/api/customers/${id}/vehicles`).send({ make: 'Kia', model: 'Rio' });
        vehicleId = added.body.id;
      },
      () => api().patch(`/api/vehicles/${vehicleId}`).send({ model: 'Soul' }).expect(200),
      async () => {
        const booking = { service_type: 'oil_change', date, customer_id: id, vehicle_id: vehicleId };
        appointmentId = (await api().post('/api/appointments').send(booking).expect(201)).body.id;
      },
      () => api().delete(`/api/appointments/${appointmentId}`).expect(200),
      () => api().delete(`/api/vehicles/${vehicleId}`).expect(204),
    ];
    for (const write of writes) {
      await cached(phone_number);
      await write();
      await isGone(phone_number);
    }
  });
});

describe('calls', () => {
  test('finished ones are listed, the latest first, and read one by one', async () => {
    const sids: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const call = house.twilio.call({ keepAudio: false });
      await call.untilSpeaking();
      await call.hangUp();
      sids.push(call.callSid);
      await vi.waitFor(() => api().get(`/api/calls/${call.callSid}`).expect(200));
    }
    const { body } = await api().get('/api/calls?limit=2').expect(200);
    expect(body.calls.map(({ call_sid }: { call_sid: string }) => call_sid)).toEqual([sids[2], sids[1]]);
    const older = await api().get(`/api/calls?limit=1&before=${sids[1]}`).expect(200);
    expect(older.body.calls[0].call_sid).toBe(sids[0]);
    expect(Object.keys(body.calls[0])).toEqual(
      expect.arrayContaining([
        'caller_phone',
        'started_at',
        'ended_at',
        'duration_ms',
        'states',
        'outcome',
        'interruptions',
        'transcript',
      ]),
    );
    await api().get('/api/calls/CA1').expect(404);
    await api().get('/api/calls?from=yesterday').expect(400);
    await api().get('/api/calls?before=1').expect(400);
  });

  test('live ones are told as they change, to whoever watches', async () => {
    const seen: { event: string; data: { call_sid: string; current_state?: string } }[] = [];
    const watching = await watch((event, data) => seen.push({ event, data }));
    const call = house.twilio.call({ keepAudio: false });
    await call.untilSpeaking();
    expect(await house.liveAmong([call.callSid])).toEqual([call.callSid]);
    call.press('1');
    const about = () => seen.filter(({ data }) => data.call_sid === call.callSid);
    await vi.waitFor(() =>
      expect(about().some(({ data }) => data.current_state === 'collecting_info')).toBe(true),
    );
    await call.hangUp();
    await vi.waitFor(() =>
      expect(about().at(-1)).toEqual({ event: 'ended', data: { call_sid: call.callSid } }),
    );
    watching.destroy();
  });

  function watch(tell: (event: string, data: { call_sid: string }) => void) {
    return new Promise<{ destroy(): void }>((resolve) => {
      const asked = httpGet(
        `${house.url}/api/live`,
        { headers: { Accept: 'text/event-stream' } },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
            const blocks = text.split('\n\n');
            text = blocks.pop() ?? '';
            for (const block of blocks) {
              const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
              if (event && data) tell(event, JSON.parse(data));
            }
          });
          resolve(asked);
        },
      );
    });
  }
});

describe('what anybody may ask', () => {
  test('malformed and hostile requests get a sentence, never a stack or a page of the framework', async () => {
    const answers = await Promise.all([
      api().post('/api/customers').set('Content-Type', 'application/json').send('{"a":'),
      api().post('/api/customers').set('Content-Type', 'text/plain').send('hello'),
      api().post('/api/customers').send([1, 2]),
      api().post('/api/customers').set('Content-Type', 'application/json').send('"'.padEnd(70_000, 'x')),
      api().get('/%E0%A4%A'),
      api().get('/api/customers/%2e%2e%2f'),
      api().put('/api/customers/1'),
      api().get('/assets/..%2f..%2fpackage.json'),
      api().get('/twilio/media/abc'),
      api().get('/twilio/voice'),
    ]);
    for (const { status, text, headers } of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(text).not.toMatch(/<html|<pre|at .*\.[jt]s:|node_modules/i);
      expect(headers).not.toHaveProperty('x-powered-by');
    }
  });

  test('health, metrics and the page', async () => {
    await api()
      .get('/health')
      .expect(200)
      .expect(/"status":"ok"/);
    await api()
      .get('/health/redis')
      .expect(200)
      .expect(/"redis":"up","latency_ms":/);
    await api().get('/health/ready').expect(200, { status: 'ok' });
    const metrics = await api().get('/metrics').expect(200);
    expect(metrics.headers['content-type']).toMatch(/^text\/plain/);
    expect(metrics.text).toMatch(/bayline_live_calls \d/);
    expect(metrics.text).toMatch(/^bayline_database_up 1$/m);
    expect(metrics.text).not.toMatch(/\+\d{8}|CA[0-9a-f]{32}/);
    const page = await api().get('/').expect(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    for (const [, asset] of page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g))
      await api()
        .get(asset ?? '')
        .expect(200);
  });

  test('the data is closed to whoever came through a proxy', async () => {
    for (const path of ['/api/session', '/api/customers', '/api/live']) {
      const answer = await api().get(path).set('X-Forwarded-For', '10.0.0.1').expect(401);
      expect(Object.keys(answer.body)).toEqual(['error']);
    }
  });
});
