import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentedApi } from '../../support/documented-answers.js';
import { shopIsReady, startGateway, type TestGateway } from '../../support/test-gateway.js';

const endings: (() => Promise<void>)[] = [];
let house: TestGateway;
beforeAll(async () => {
  const env = { SHOP_HOURS: 'Mon-Sun 00:00-24:00', SHOP_NAME: 'North Garage', SLOW_OPERATION_MS: '1' };
  house = await startGateway(env, undefined, (end) => endings.push(end));
  await shopIsReady(house);
});
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

const api = () => documentedApi(house.url);
const patch = (change: object) => api().patch('/api/shop').send(change);
const service = { type: 'exhaust', name: 'exhaust repair', choice: 'the exhaust', minutes: 90 };

describe('the shop', () => {
  test('is filled at the first start without a word of slow operations', () => {
    const [beginning] = house.log.text().split('filled with a demo shop');
    expect(beginning).not.toContain('A slow operation');
  });

  test('is told with what the environment locks, and with its revision', async () => {
    const { body } = await api().get('/api/shop').expect(200);
    expect(body).toMatchObject({
      name: 'North Garage',
      timezone: 'America/Chicago',
      answering: 'agent',
      locked: ['name', 'hours', 'transfer_number'],
      revision: expect.any(Number),
    });
    expect(body.services.length).toBeGreaterThan(0);
  });

  test('is changed field by field, and says so at once', async () => {
    const { body: before } = await api().get('/api/shop');
    const { body } = await patch({
      address: '1 Main Street',
      lead_minutes: 0,
      same_day_until: '15:30',
    }).expect(200);
    expect(body).toEqual({
      ...before,
      address: '1 Main Street',
      lead_minutes: 0,
      same_day_until: '15:30',
      revision: before.revision + 1,
      conflicts: [],
    });
    expect({ ...(await api().get('/api/shop')).body, conflicts: [] }).toEqual(body);
    expect((await patch({}).expect(200)).body).toEqual(body);
  });

  test('keeps what the environment gives: 409 names it, and nothing else of the change is stored', async () => {
    const { body } = await patch({ lead_minutes: 77, hours: 'Mon 9-12', name: 'Mine' }).expect(409);
    expect(body.error).toContain('name, hours');
    expect((await api().get('/api/shop')).body.lead_minutes).not.toBe(77);
  });

  test('names every wrong field', async () => {
    const wrong = {
      bays: 0,
      timezone: 'Mars',
      answering: 'no',
      colour: 'red',
      services: [{ ...service, minutes: 1 }, service, service],
    };
    const { body } = await patch(wrong).expect(400);
    for (const field of ['bays', 'timezone', 'answering', 'colour', 'services.0.minutes', 'services.2.type'])
      expect(body.error).toContain(field);
    for (const nothing of ['[]', '"bays"', '{']) {
      const answer = api().patch('/api/shop').set('Content-Type', 'application/json').send(nothing);
      await answer.expect(400);
    }
  });

  test('takes no name that its voice cannot say, and no bay that it does not have', async () => {
    const unsaid = { address: '汽车维修', services: [{ ...service, choice: 'Выхлоп' }] };
    const { body } = await patch(unsaid).expect(400);
    expect(body.error).toMatch(/address.*services\.0\.choice/s);
    const { body: refused } = await patch({ bays: 2, services: [{ ...service, bays: [1, 3] }] }).expect(400);
    expect(refused.error).toContain('services.0.bays');
  });
});

describe('a change of hours, bays or services', () => {
  test('tells which appointments have no place any more, and leaves them booked', async () => {
    const { body: open } = await api().get('/api/availability?service_type=tires&limit=1').expect(200);
    const date: string = open.availability[0].starts_at;
    const { body: booked } = await api()
      .post('/api/appointments')
      .send({ service_type: 'tires', date })
      .expect(201);
    const { body: shop } = await api().get('/api/shop').expect(200);
    const ids = async (change: object) => {
      const { body } = await patch(change).expect(200);
      return body.conflicts.map(({ id }: { id: number }) => id);
    };
    expect(await ids({ lead_minutes: shop.lead_minutes })).toEqual([]);
    const others = shop.services.filter(({ type }: { type: string }) => type !== 'tires');
    expect(await ids({ services: others })).toContain(booked.id);
    expect(await ids({ services: shop.services })).not.toContain(booked.id);
    await api().delete(`/api/appointments/${booked.id}`).expect(200);
  });
});

describe('closures', () => {
  test('are added with what stands in them, listed newest first, and removed', async () => {
    const { body: open } = await api().get('/api/availability?service_type=oil_change&limit=1').expect(200);
    const date: string = open.availability[0].starts_at;
    const booked = await api()
      .post('/api/appointments')
      .send({ service_type: 'oil_change', date })
      .expect(201);
    const day = date.slice(0, 10);
    const { body: closed } = await api()
      .post('/api/closures')
      .send({ from: day, to: day, reason: 'Fair' })
      .expect(201);
    expect(closed).toMatchObject({
      id: expect.any(Number),
      from: day,
      to: day,
      bay: null,
      hours: null,
      reason: 'Fair',
    });
    expect(closed.conflicts.map(({ id }: { id: number }) => id)).toContain(booked.body.id);
    const later = { from: '2199-01-01', to: '2199-01-02', bay: 1, hours: '10:00-12:00' };
    const { body: second } = await api().post('/api/closures').send(later).expect(201);
    expect(second).toMatchObject({ ...later, reason: null, conflicts: [] });
    const { body: list } = await api().get('/api/closures?limit=2').expect(200);
    expect(list.closures.map(({ id }: { id: number }) => id)).toEqual([second.id, closed.id]);
    const { body: page } = await api()
      .get(`/api/closures?from=${day}&to=${day}&before=${second.id}`)
      .expect(200);
    expect(page.closures).toHaveLength(1);
    await api().delete(`/api/closures/${closed.id}`).expect(204);
    await api().delete(`/api/closures/${closed.id}`).expect(404);
    await api().delete('/api/closures/one').expect(404);
  });

  test.each([
    ['from', { from: '2026-02-30', to: '2026-03-01' }],
    ['from', { to: '2026-03-01' }],
    ['to', { from: '2026-03-02', to: '2026-03-01' }],
    ['bay', { from: '2026-03-02', to: '2026-03-02', bay: 0 }],
    ['bay', { from: '2026-03-02', to: '2026-03-02', bay: 99 }],
    ['hours', { from: '2026-03-02', to: '2026-03-02', hours: '22:00-02:00' }],
    ['reason', { from: '2026-03-02', to: '2026-03-02', reason: '' }],
    ['colour', { from: '2026-03-02', to: '2026-03-02', colour: 'red' }],
  ])('with a wrong %s are refused: %j', async (field, closure) => {
    const { body } = await api().post('/api/closures').send(closure).expect(400);
    expect(body.error).toContain(field);
  });
});
