import { parse as parseCsv } from 'csv-parse/sync';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCustomerFile } from '../../../src/customers/import/customer-file.js';
import { documentedApi } from '../../support/documented-answers.js';
import { shopIsReady, startGateway, type TestGateway } from '../../support/test-gateway.js';

const endings: (() => Promise<void>)[] = [];
let house: TestGateway;
beforeAll(async () => {
  house = await startGateway({}, undefined, (end) => endings.push(end));
  await shopIsReady(house);
});
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

const api = () => documentedApi(house.url);
const csv = async (path: string) => {
  const answer = await api().get(path).set('Accept', 'text/csv').buffer().expect(200);
  return { ...answer, rows: parseCsv(answer.text, { columns: true }) as Record<string, string>[] };
};

describe('lists as CSV', () => {
  test('hold all customers, a line for each vehicle, in the order of the JSON', async () => {
    const { body } = await api().get('/api/customers?limit=200').expect(200);
    const { rows, text, headers } = await csv('/api/customers');
    expect(headers['content-type']).toMatch(/^text\/csv; charset=utf-8/);
    expect(headers['content-disposition']).toBe('attachment; filename="customers.csv"');
    expect(headers.vary).toContain('Accept');
    expect(text).toMatch(/^id,phone_number,first_name,[^\n]*\r\n/);
    const listed = [...new Set(rows.map(({ id }) => Number(id)))];
    expect(listed).toEqual(body.customers.map(({ id }: { id: number }) => id));
    const vins = body.customers.flatMap(({ vehicles }: { vehicles: { vin: string | null }[] }) =>
      vehicles.length > 0 ? vehicles.map(({ vin }) => vin ?? '') : [''],
    );
    expect(rows.map(({ vin }) => vin)).toEqual(vins);
  });

  test('are read by the import again, without a change', async () => {
    const { text } = await csv('/api/customers');
    const { report } = readCustomerFile(Buffer.from(text));
    expect(report.problem).toBeNull();
    const again = await api()
      .post('/api/customers/import')
      .set('Content-Type', 'text/csv')
      .send(text)
      .expect(200);
    expect(again.body).toMatchObject({ customers_created: 0, vehicles_added: 0 });
    expect((await csv('/api/customers')).text).toBe(text);
  });

  test('go over many pages, and keep the filter', async () => {
    const rows = Array.from({ length: 450 }, (_, n) => `+1628555${1000 + n},Page ${n}`);
    const file = ['phone,name', ...rows].join('\n');
    await api().post('/api/customers/import').set('Content-Type', 'text/csv').send(file).expect(200);
    const numbers = (await csv('/api/customers')).rows.map(({ phone_number }) => phone_number);
    expect(numbers.filter((number) => number?.startsWith('+1628'))).toHaveLength(450);
    expect(new Set(numbers).size).toBeGreaterThanOrEqual(450);
    expect((await csv('/api/customers?phone=%2B16285551007')).rows).toHaveLength(1);
    expect((await csv('/api/customers?phone=%2B16285559999')).rows).toEqual([]);
  });

  test('hold no cell that a spreadsheet takes for a formula, and numbers as they are', async () => {
    const person = { phone_number: '+15125550188', first_name: '=1+1', last_name: '@SUM(A1), "x"\ny' };
    await api().post('/api/customers').send(person).expect(201);
    const { rows, text } = await csv('/api/customers?phone=%2B15125550188');
    expect(text).toContain(`,+15125550188,'=1+1,"'@SUM(A1), ""x""\ny",`);
    const { customers } = readCustomerFile(Buffer.from(text));
    expect(customers).toMatchObject([person]);
    expect(rows).toHaveLength(1);
  });

  test('hold appointments and calls as in JSON', async () => {
    const { body } = await api().get('/api/appointments?limit=200').expect(200);
    const { rows } = await csv('/api/appointments');
    expect(rows.map(({ id, date, status }) => [Number(id), date, status])).toEqual(
      body.appointments.map(({ id, date, status }: Record<string, unknown>) => [id, date, status]),
    );
    expect((await csv('/api/appointments?from=2199-01-01')).rows).toEqual([]);
    const calls = await csv('/api/calls');
    expect(calls.text.split('\r\n')[0]).toMatch(/^call_sid,caller_phone,.*outcome/);
  });

  test('are JSON for whoever takes anything, and a fault is JSON too', async () => {
    for (const accept of ['*/*', 'application/json', 'text/html'])
      await api().get('/api/customers?limit=1').set('Accept', accept).expect('Content-Type', /json/);
    const refused = await api().get('/api/appointments?from=soon').set('Accept', 'text/csv').expect(400);
    expect(refused.body.error).toContain('from');
    await request(house.url).head('/api/customers').set('Accept', 'text/csv').expect(200);
  });
});
