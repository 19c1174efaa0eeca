import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { ImportAnswer, ImportRefusal } from '../../../src/server/routes/customer-import.js';
import { documentedApi } from '../../support/documented-answers.js';
import { rawRequest } from '../../support/raw-request.js';
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
const send = (file: string | Buffer, query = '') =>
  api().post(`/api/customers/import${query}`).set('Content-Type', 'text/csv').send(file);
let numbers = 5_550_600;
const newPhone = () => {
  numbers += 1;
  return `+1737${numbers}`;
};
const withPhone = async (phone: string) => {
  const { body } = await api()
    .get(`/api/customers?phone=${encodeURIComponent(phone)}`)
    .expect(200);
  return body.customers;
};
/** A file of so many customers, each from a number of its own. */
function fileOf(count: number, firstNumber = 5_550_000): string {
  const rows = Array.from({ length: count }, (_, n) => `+1415${firstNumber + n},Test Nr${n},Kia,Rio,2019`);
  return ['phone,name,make,model,year', ...rows].join('\n');
}

describe('POST /api/customers/import', () => {
  test('takes a file, and answers with what came of it', async () => {
    const { body } = await send(readFileSync('fixtures/customers/excel-us.csv')).expect(200);
    expect(ImportAnswer.parse(body)).toMatchObject({
      dry_run: false,
      rows_read: 4,
      skipped_blank: 1,
      customers_created: 3,
      customers_joined: 0,
      vehicles_added: 4,
      rows: [],
    });
    expect(body.columns).toContainEqual({ header: 'Mobile Phone', field: 'phone_number' });
    expect(await withPhone('+15125550144')).toMatchObject([
      { first_name: 'Robert', last_name: 'Downing Jr.', vehicles: [{ make: 'Subaru', year: 2018 }] },
    ]);
  });

  test('says in a dry run what would be done, and changes nothing', async () => {
    const [phone, known] = [newPhone(), newPhone()];
    await api()
      .post('/api/customers')
      .send({ phone_number: known, first_name: 'Ada', last_name: 'King' })
      .expect(201);
    const file = `name;phone;make;model\nAda King;${known};Kia;Rio\nGrace Hopper;${phone};;\n`;
    const { body } = await send(file, '?dry_run=1').expect(200);
    const would = { customers_created: 1, customers_joined: 1, vehicles_added: 1 };
    expect(ImportAnswer.parse(body)).toMatchObject({ dry_run: true, ...would });
    expect(body.first_rows).toMatchObject([
      { line: 2, first_name: 'Ada', phone_number: known, vehicles: [{ make: 'Kia', model: 'Rio' }] },
      { line: 3, last_name: 'Hopper', vehicles: [] },
    ]);
    expect(await withPhone(phone)).toEqual([]);
    expect((await send(file).expect(200)).body).toMatchObject({ dry_run: false, ...would });
    expect(await withPhone(known)).toMatchObject([{ vehicles: [{ make: 'Kia' }] }]);
  });

  test('of which a row is wrong changes nothing, and each wrong row is named', async () => {
    const before = await withPhone('+15125550160');
    for (const query of ['', '?dry_run=1']) {
      const { body } = await send(readFileSync('fixtures/customers/bad-rows.csv'), query).expect(400);
      expect(ImportRefusal.parse(body)).toMatchObject({ rows_read: 6, rows_refused: 4 });
      expect(body.error).toContain('4 of 6 rows');
      expect(body.rows).toContainEqual({ line: 6, field: 'email', reason: 'is no e-mail address' });
    }
    expect(await withPhone('+15125550160')).toEqual(before);
  });

  test('names the 1 % of a large file that is wrong, and takes the rest of it when they are mended', async () => {
    const lines = fileOf(500).split('\n');
    const broken = lines.map((line, n) => (n > 0 && n % 100 === 0 ? line.replace('2019', 'soon') : line));
    const { body } = await send(broken.join('\n')).expect(400);
    expect(body.rows.map(({ line }: { line: number }) => line)).toEqual(
      Array.from({ length: 5 }, (_, n) => (n + 1) * 100 + 1),
    );
    expect(await withPhone('+14155550000')).toEqual([]);
    const taken = await send(gzipSync(lines.join('\n')))
      .set('Content-Encoding', 'gzip')
      .expect(200);
    expect(taken.body).toMatchObject({ customers_created: 500, vehicles_added: 500 });
    expect(await withPhone('+14155550499')).toMatchObject([{ last_name: 'Nr499' }]);
  });

  test('makes the cached profile of a customer who was joined out of date', async () => {
    const phone = newPhone();
    await api()
      .post('/api/customers')
      .send({ phone_number: phone, first_name: 'Ada', last_name: 'King' })
      .expect(201);
    await redis.set(`customer:${phone}`, '{"stale":true}');
    await send(`name,phone,email\nAda King,${phone},ada@example.com\n`).expect(200);
    expect(await redis.exists(`customer:${phone}`)).toBe(0);
  });

  test.each([
    ['application/json', '[]', '', 415],
    ['text/csv', 'name,phone\n', '', 400],
    ['text/csv', 'name,phone\nAda,5125550100\n', '?dry_run=perhaps', 400],
  ])('of the type %s with the body %j and the query %j is answered %s', async (type, body, query, status) => {
    const answer = await api().post(`/api/customers/import${query}`).set('Content-Type', type).send(body);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatch(/\.$/);
  });

  test('that is not what gzip makes is refused', async () => {
    const answer = await send('name,phone\n').set('Content-Encoding', 'gzip').expect(400);
    expect(answer.body.error).toContain('gzip');
  });

  test('that is larger than 32 MB is refused, whether it says so first or not', async () => {
    const head = ['POST /api/customers/import HTTP/1.1', 'Host: 127.0.0.1', 'Content-Type: text/csv'];
    const told = await rawRequest(house.url, [...head, `Content-Length: ${33 * 1024 * 1024}`]);
    expect(told.status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024, 'a'));
    const answer = await send(bomb).set('Content-Encoding', 'gzip').expect(413);
    expect(answer.body.error).toContain('32 MB');
  });

  test('goes on with the next file after one that never arrived whole', async () => {
    const controller = new AbortController();
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(Buffer.from('name,phone\n')),
    });
    const options = {
      method: 'POST',
      headers: { 'Content-Type': 'text/csv' },
      body,
      duplex: 'half',
    } as const;
    const cut = fetch(`${house.url}/api/customers/import`, { ...options, signal: controller.signal });
    cut.catch(() => undefined);
    await vi.waitFor(async () => expect((await send('name,phone\n')).status).toBe(409));
    controller.abort();
    await expect(cut).rejects.toThrow();
    await vi.waitFor(async () => expect((await send('name,phone\n')).status).toBe(400));
  });
});
