import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { rawRequest } from '../../support/raw-request.js';
import { postSigned, voiceForm } from '../../support/signed-request.js';
import { NO_DATABASE, startGateway, type TestGateway } from '../../support/test-gateway.js';

const ADMIN_TOKEN = 'the-token-of-the-shop';
const endings: (() => Promise<void>)[] = [];
let house: TestGateway;
beforeAll(async () => {
  const env = { PUBLIC_URL: 'https://voice.example.com', REDIS_URL: inject('redisUrl'), ADMIN_TOKEN };
  house = await startGateway(env, undefined, (end) => endings.push(end));
}, 180_000);
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

const OWN = 'Host: 127.0.0.1:3000';
const PROXIED = ['Host: voice.example.com', 'X-Forwarded-For: 203.0.113.9'];
const bearer = `Authorization: Bearer ${ADMIN_TOKEN}`;

describe('what a gateway tells of itself', () => {
  it.each([
    '/metrics',
    '/metrics/',
    '/metrics?x=1',
    '/metrics#x',
    '/METRICS',
    '/Metrics/',
    '//metrics',
    '/./metrics',
    '/../metrics',
    '/api/../metrics',
    '/twilio/../metrics',
    '/%6detrics',
    '/metrics%2f',
    '/metrics.',
    '/metrics;x',
    'http://voice.example.com/metrics',
    'http://127.0.0.1/metrics',
    '/health/redis',
    '/health/redis/',
    '/HEALTH/Redis',
    '/health//redis',
    '//health/redis',
    '/health/./redis',
    '/health/%72edis',
    '/health%2fredis',
    '/health/redis?x',
  ])('%s is not shown through a proxy without the token', async (target) => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST']) {
      const { status, body } = await rawRequest(house.url, [`${method} ${target} HTTP/1.1`, ...PROXIED]);
      expect([400, 401, 404]).toContain(status === 200 && method === 'OPTIONS' ? 404 : status);
      expect(body).not.toMatch(/bayline_|latency_ms/);
    }
  });

  it.each(['/metrics', '/metrics/', '/METRICS', '/health/redis', '/health/redis/'])(
    '%s is shown with the token, and to whoever reaches the port itself',
    async (path) => {
      const proxied = await rawRequest(house.url, [`GET ${path} HTTP/1.1`, ...PROXIED, bearer]);
      expect(proxied.status).toBe(200);
      for (const host of [OWN, 'Host: gateway:3000', 'Host: 10.1.2.3:3000'])
        expect((await rawRequest(house.url, [`GET ${path} HTTP/1.1`, host])).status).toBe(200);
    },
  );
});

describe('every answer of the admin side', () => {
  const WRITE = ['Content-Type: application/json', 'Content-Length: 2'];
  it.each([
    ['the page', 200, ['GET / HTTP/1.1', OWN, bearer], ''],
    ['data', 200, ['GET /api/shop HTTP/1.1', OWN, bearer], ''],
    ['the figures', 200, ['GET /metrics HTTP/1.1', OWN], ''],
    ['the page without a token', 200, ['GET / HTTP/1.1', OWN], ''],
    ['no token', 401, ['GET /api/customers HTTP/1.1', OWN], ''],
    ['a foreign host', 403, ['GET /api/customers HTTP/1.1', 'Host: evil.example.com', bearer], ''],
    [
      'a foreign page',
      403,
      ['POST /api/customers HTTP/1.1', OWN, bearer, 'Origin: https://a.b', ...WRITE],
      '{}',
    ],
    ['nothing there', 404, ['GET /api/nothing HTTP/1.1', OWN, bearer], ''],
    ['a wrong body', 400, ['POST /api/customers HTTP/1.1', OWN, bearer, ...WRITE], '{x'],
    ['wrong fields', 400, ['POST /api/customers HTTP/1.1', OWN, bearer, ...WRITE], '{}'],
  ])('is kept by no cache and taken for nothing else: %s', async (_what, expected, lines, body) => {
    const { status, head } = await rawRequest(house.url, lines, body);
    expect(status).toBe(expected);
    expect(head).toMatch(/^strict-transport-security: max-age=\d+$/im);
    expect(head).toMatch(/^x-content-type-options: nosniff$/im);
    expect(head).toMatch(/^referrer-policy: same-origin$/im);
    expect(head).toMatch(/^cross-origin-resource-policy: same-origin$/im);
    expect(head).toMatch(/^permissions-policy: microphone=\(self\), .*camera=\(\)/im);
    expect(head).toMatch(/^cache-control: no-store$/im);
  });

  it('promises no TLS where there is none', async () => {
    const plain = await startGateway({ ...NO_DATABASE, TWILIO_AUTH_TOKEN: '' });
    const { head } = await rawRequest(plain.url, ['GET /api/shop HTTP/1.1', 'Host: localhost']);
    expect(head).not.toMatch(/strict-transport/i);
    expect(head).toMatch(/^x-content-type-options: nosniff$/im);
    expect(await plain.get('/health/redis')).toEqual({
      status: 'ok',
      redis: 'not configured',
      store: 'memory',
    });
  }, 60_000);
});

/** The counts that a call with a number may move. A lookup may be late on a slow machine, whosever the number is. */
async function counts(): Promise<Map<string, number>> {
  const text = await (await fetch(`${house.url}/metrics`)).text();
  const lines = text
    .split('\n')
    .filter((line) => /^bayline_(cache|customer|redis|session|speech|webhook|call)/.test(line));
  const sums = new Map<string, number>();
  for (const line of lines.filter((each) => !/_bucket|_sum|_seconds |_bytes |redisMemory/.test(each))) {
    const [written = '', value] = line.split(' ');
    const name = written.replace(/"(answered|late)"/, '"answered or late"');
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}

const LOOKUPS = 'bayline_customer_lookups_total{result="answered or late"}';

/** What the figures gain by a webhook of this caller. */
async function movedBy(from: string): Promise<Record<string, number>> {
  const before = await counts();
  await postSigned(house, '/twilio/voice', voiceForm({ From: from })).expect(200);
  const due = (before.get(LOOKUPS) ?? 0) + 1;
  await vi.waitFor(async () => expect((await counts()).get(LOOKUPS)).toBe(due));
  const gained = [...(await counts())].map(
    ([name, value]) => [name, value - (before.get(name) ?? 0)] as const,
  );
  return Object.fromEntries(gained.filter(([, value]) => value !== 0));
}

it('no figure tells whether the number of a call is a customer’s, the first time and the next', async () => {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  await vi.waitFor(() => expect(house.log.text()).toContain('filled with a demo shop'), { timeout: 60_000 });
  const answer = await fetch(`${house.url}/api/customers?limit=1`, { headers });
  const { customers } = (await answer.json()) as { customers: { phone_number: string }[] };
  const known = customers[0]?.phone_number ?? '';
  await movedBy('+15125550999');
  const [first, next] = [await movedBy(known), await movedBy(known)];
  const [strangers, strangersNext] = [await movedBy('+15125550998'), await movedBy('+15125550998')];
  expect(first).toHaveProperty([LOOKUPS], 1);
  expect([next, strangers, strangersNext]).toEqual([first, first, first]);
}, 120_000);
