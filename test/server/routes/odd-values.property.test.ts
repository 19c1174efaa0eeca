import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentedApi } from '../../support/documented-answers.js';
import { runs } from '../../support/property-runs.js';
import { shopIsReady, startGateway, type TestGateway } from '../../support/test-gateway.js';

const endings: (() => Promise<void>)[] = [];
let house: TestGateway;
beforeAll(async () => {
  house = await startGateway({}, undefined, (end) => endings.push(end));
  await shopIsReady(house);
}, 90_000);
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

const api = () => documentedApi(house.url);
const ADA = { phone_number: '+15125550177', first_name: 'Ada', last_name: 'King' };
const BOOKING = { service_type: 'oil_change', date: '2026-11-24T09:30' };
const NO_IDS = [
  '0',
  '-1',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '99999999999999999999',
  '1e3',
  '0x10',
  '007',
  '1.0',
  '+1',
  '%201',
  '1%20',
  '1%00',
  'NaN',
  'null',
  'x',
  '%D9%A1',
  '1;drop',
  "1'",
  '__proto__',
];
const NO_DAYS = [
  '1',
  '0000-01-01',
  '%2B275760-09-13',
  '2026-02-30',
  '2026-13-01',
  '2200-01-01',
  '1899-12-31',
  '2026-11-24T24:00',
  '2026-11-24T10:00:60',
  '2026-11-24T10:00%2B25:00',
  '2026-11-24T10:00:00+01:00',
  '',
  '%00',
  'tomorrow',
  'x'.repeat(500),
];

describe.each([
  ['GET', 'customers', ''],
  ['PATCH', 'customers', ''],
  ['POST', 'customers', '/vehicles'],
  ['PATCH', 'vehicles', ''],
  ['DELETE', 'vehicles', ''],
  ['GET', 'appointments', ''],
  ['PATCH', 'appointments', ''],
  ['DELETE', 'appointments', ''],
  ['GET', 'calls', ''],
] as const)('%s /api/%s/ID%s', (method, list, rest) => {
  test('answers 404 for what can be no id, whatever the database could hold', async () => {
    const car = { make: 'Honda', model: 'Civic' };
    for (const id of [...NO_IDS, '2147483647', 'CA123', `CA${'0'.repeat(32)}`]) {
      const path = `/api/${list}/${id}${rest}`;
      const asked = {
        GET: api().get(path),
        DELETE: api().delete(path),
        PATCH: api().patch(path),
        POST: api().post(path),
      }[method];
      const answer =
        method === 'POST' ? await asked.send(car) : await (method === 'PATCH' ? asked.send({}) : asked);
      expect([id, answer.status, Object.keys(answer.body)]).toEqual([id, 404, ['error']]);
    }
  });
});

describe.each([
  ['appointments?', ['from', 'to']],
  ['calls?', ['from', 'to']],
  ['availability?service_type=oil_change&', ['from']],
])('GET /api/%s', (path, fields) => {
  test.each(fields)('answers 400 and names %s when it is no day', async (field) => {
    for (const day of NO_DAYS) {
      const { status, body } = await api().get(`/api/${path}${field}=${day}`);
      expect([day, status, body.error]).toEqual([day, 400, expect.stringContaining(field)]);
    }
    expect((await api().get(`/api/${path}${field}=2026-11-24&${field}=2026-11-25`)).status).toBe(400);
  });
});

test('both ends of a period are named when both are wrong', async () => {
  for (const list of ['appointments', 'calls']) {
    const { body } = await api().get(`/api/${list}?from=1&to=2026-02-30`).expect(400);
    expect(body.error).toMatch(/from.*to/);
  }
});

test.each([
  ...['customers', 'appointments', 'calls'].flatMap((list) =>
    [
      'limit=0',
      'limit=-1',
      'limit=1e2',
      'limit=0x9',
      'limit=201',
      'limit=99999999999',
      'limit=',
      'limit=1&limit=2',
    ].map((query) => [`${list}?${query}`, 'limit']),
  ),
  ...['customers', 'appointments'].flatMap((list) =>
    ['0', '-1', '01', '1e3', '2147483648', '99999999999999', '%00', ''].map((id) => [
      `${list}?before=${id}`,
      'before',
    ]),
  ),
  ['calls?before=CA1', 'before'],
  ['calls?before=%00', 'before'],
  ['customers?phone=%00', 'phone'],
  ['customers?phone=', 'phone'],
  ['availability?service_type=%00', 'service_type'],
  ['availability', 'service_type'],
])('GET /api/%s is a 400 that names %s', async (path, field) => {
  expect((await api().get(`/api/${path}`).expect(400)).body.error).toContain(field);
});

const HALF = '\ud800';
const WRONG_BODIES: readonly (readonly [string, object, string])[] = [
  ['customers', { ...ADA, first_name: 'A\0da' }, 'first_name'],
  ['customers', { ...ADA, last_name: `K${HALF}` }, 'last_name'],
  ['customers', { ...ADA, phone_number: '\0' }, 'phone_number'],
  ['customers', { ...ADA, email: 'a\0@example.com' }, 'email'],
  ['customers', { ...ADA, first_name: 5 }, 'first_name'],
  ['customers', { ...ADA, first_name: ['Ada'] }, 'first_name'],
  ['customers/1/vehicles', { make: '\udc00', model: 'Civic' }, 'make'],
  ['customers/1/vehicles', { make: 'Honda', model: 'Civic', year: 99_999 }, 'year'],
  ['customers/1/vehicles', { make: 'Honda', model: 'Civic', year: 1e300 }, 'year'],
  ['customers/1/vehicles', { make: 'Honda', model: 'Civic', year: 2019.5 }, 'year'],
  ['customers/1/vehicles', { make: 'Honda', model: 'Civic', vin: '\0'.repeat(17) }, 'vin'],
  ['appointments', { ...BOOKING, customer_id: 2_147_483_648 }, 'customer_id'],
  ['appointments', { ...BOOKING, customer_id: 0 }, 'customer_id'],
  ['appointments', { ...BOOKING, vehicle_id: -1 }, 'vehicle_id'],
  ['appointments', { ...BOOKING, vehicle_id: '1' }, 'vehicle_id'],
  ['appointments', { ...BOOKING, service_type: 'oil\0' }, 'service_type'],
  ['appointments', { ...BOOKING, caller_phone: HALF }, 'caller_phone'],
  ...['0000-01-01', '+275760-09-13', '1', '2026-02-30', '2026-13-01T10:00', '2026-11-24T24:00', '\0'].map(
    (date): [string, object, string] => ['appointments', { ...BOOKING, date }, 'date'],
  ),
];

test.each(WRONG_BODIES)('POST /api/%s with %j is a 400 that names %s', async (path, body, field) => {
  const answer = await api().post(`/api/${path}`).send(body).expect(400);
  expect(answer.body.error).toContain(field);
});

test.each(['[]', '[{}]', '3', '"x"', 'null', 'true'])('the body %s is told to be no object', async (body) => {
  const answer = await api().post('/api/customers').type('application/json').send(body).expect(400);
  expect(answer.body.error).toMatch(/must be a JSON object/);
});

test('a prototype in a body is a wrong field, or none at all', async () => {
  const body = '{"__proto__":{"first_name":"Eve"},"phone_number":"+15125550178","last_name":"King"}';
  const answer = await api().post('/api/customers').type('application/json').send(body).expect(400);
  expect(answer.body.error).toContain('first_name');
});

test('whatever is asked with odd values is answered as a wrong request, or as one for nothing, never as a fault of ours', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...NO_IDS, ...NO_DAYS, '\0', HALF, '2026-11-24', '1', '2147483647'),
  );
  const value = fc.oneof(
    text,
    fc.jsonValue({ maxDepth: 2 }),
    fc.double(),
    fc.bigInt().map(Number),
    fc.constant(null),
  );
  const field = fc.constantFrom(
    'phone_number',
    'first_name',
    'last_name',
    'email',
    'make',
    'model',
    'year',
    'vin',
    'service_type',
    'date',
    'caller_phone',
    'customer_id',
    'vehicle_id',
    'status',
    '__proto__',
  );
  const body = fc.oneof(value, fc.dictionary(field, value, { maxKeys: 6 }), fc.constantFrom(ADA, BOOKING));
  const path = fc.tuple(
    fc.constantFrom('customers', 'vehicles', 'appointments', 'calls', 'availability', 'shop'),
    fc.option(text),
    fc.constantFrom('', '/vehicles'),
  );
  const query = fc.dictionary(
    fc.constantFrom('from', 'to', 'limit', 'before', 'phone', 'service_type'),
    text,
    { maxKeys: 3 },
  );
  const method = fc.constantFrom('get', 'post', 'patch', 'delete');
  await fc.assert(
    fc.asyncProperty(method, path, query, body, async (verb, [list, id, rest], asked, given) => {
      const address = `/api/${list}${id === null ? '' : `/${encoded(id)}${rest}`}`;
      const pairs = Object.entries(asked).map(([name, one]) => `${name}=${encoded(one)}`);
      const reads = verb === 'get' || verb === 'delete';
      const { status } = await fetch(`${house.url}${address}?${pairs.join('&')}`, {
        method: verb.toUpperCase(),
        ...(reads
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(given) ?? '' }),
      });
      expect([200, 201, 204, 400, 404, 409]).toContain(status);
    }),
    { numRuns: runs(400) },
  );
}, 120_000);

function encoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD'));
}
