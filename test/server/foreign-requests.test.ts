import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FOREIGN_HOSTS, FOREIGN_PAGES, FORWARDING_HEADERS } from '../support/foreign-requests.js';
import { type RawAnswer, rawRequest } from '../support/raw-request.js';
import { voiceForm } from '../support/signed-request.js';
import { NO_DATABASE, shopIsReady, startGateway, type TestGateway } from '../support/test-gateway.js';

const endings: (() => Promise<void>)[] = [];
const WEBHOOKS = ['/twilio/voice', '/twilio/voice/next', '/twilio/stream-status', '/twilio/call-status'];
const OWN = 'Host: localhost:3000';
/** One of each kind: what a proxy adds, a name that is pointed here, a page elsewhere. */
const FOREIGN = [
  ...FORWARDING_HEADERS.map((name) => [OWN, `${name}: 203.0.113.9`]),
  ...FOREIGN_HOSTS.map((host) => [`Host: ${host}`]),
  ...FOREIGN_PAGES.map(([name, value]) => [OWN, `${name}: ${value}`]),
];

let house: TestGateway;
let customerPhone: string;
beforeAll(async () => {
  house = await startGateway({ TWILIO_AUTH_TOKEN: '' }, undefined, (end) => endings.push(end));
  await shopIsReady(house);
  const { customers } = await house.get<{ customers: { phone_number: string }[] }>('/api/customers?limit=1');
  customerPhone = customers[0]?.phone_number ?? '';
}, 180_000);
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

function post(
  path: string,
  lines: readonly string[],
  fields: Record<string, string> = {},
): Promise<RawAnswer> {
  const form = voiceForm({ From: customerPhone, StirVerstat: 'TN-Validation-Passed-A', ...fields });
  const body = new URLSearchParams(form).toString();
  const type = 'Content-Type: application/x-www-form-urlencoded';
  return rawRequest(
    house.url,
    [`POST ${path} HTTP/1.1`, ...lines, type, `Content-Length: ${body.length}`],
    body,
  );
}

/** The path of a stream that this machine itself was invited to open. */
async function invitedPath(): Promise<string> {
  const { body } = await post('/twilio/voice', [OWN]);
  return /(\/twilio\/media\/[\w-]+)"/.exec(body)?.[1] ?? '';
}

function upgrade(path: string, lines: readonly string[]): Promise<RawAnswer> {
  const handshake = [
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ];
  return rawRequest(house.url, [`GET ${path} HTTP/1.1`, ...lines, 'Connection: Upgrade', ...handshake]);
}

describe('a gateway without an auth token', () => {
  it('answers a call that this machine makes up, and takes its stream', async () => {
    expect(await post('/twilio/voice', [OWN])).toMatchObject({
      status: 200,
      body: expect.stringContaining('<Stream'),
    });
    expect(await upgrade(await invitedPath(), [OWN])).toMatchObject({ status: 101 });
  });

  it('may be called by a name without a dot, as a sidecar does, which shows nothing of the shop', async () => {
    const inside = ['Host: gateway:3000'];
    expect(await post('/twilio/voice', inside)).toMatchObject({ status: 200 });
    expect(await upgrade(await invitedPath(), inside)).toMatchObject({ status: 101 });
    expect(await rawRequest(house.url, ['GET /api/customers HTTP/1.1', ...inside])).toMatchObject({
      status: 401,
    });
  });

  it.each(FOREIGN)('gives a forged, attested caller no stream: %s %s', async (...lines) => {
    const { status, body } = await post('/twilio/voice', lines);
    expect(status).toBe(403);
    expect(body).toContain('Set TWILIO_AUTH_TOKEN');
    expect(body).not.toContain('<Stream');
  });

  it.each(WEBHOOKS)('refuses %s as the others, before it reads the form', async (path) => {
    for (const spelling of [path, `${path}/`, path.toUpperCase(), `${path}?x=1`]) {
      const answer = await post(spelling, [OWN, 'X-Real-IP: 203.0.113.9']);
      expect([403, 404]).toContain(answer.status);
      expect(await post(spelling, [OWN, 'X-Real-IP: 203.0.113.9'], { CallSid: '' })).toMatchObject({
        status: answer.status,
      });
    }
    expect(await post(path, [OWN, 'X-Real-IP: 203.0.113.9'])).toMatchObject({ status: 403 });
  });

  it('lets a stranger end nobody’s call', async () => {
    const call = house.twilio.call({});
    await call.untilState('streaming');
    const fields = { CallSid: call.callSid, CallStatus: 'completed' };
    expect(await post('/twilio/call-status', [OWN, 'Via: 1.1 proxy'], fields)).toMatchObject({ status: 403 });
    expect(await house.live(call.callSid)).toBeDefined();
    expect(await post('/twilio/call-status', [OWN], fields)).toMatchObject({ status: 204 });
    await vi.waitFor(async () => expect(await house.live(call.callSid)).toBeUndefined());
    await call.hangUp();
  });

  it('refuses a good stream of elsewhere in plain HTTP and keeps it for this machine', async () => {
    const path = await invitedPath();
    for (const lines of FOREIGN) expect([400, 403]).toContain((await upgrade(path, lines)).status);
    expect((await upgrade(path, [OWN])).status).toBe(101);
  });

  it('says in a sampled line and a figure why, and which setting helps', async () => {
    await post('/twilio/voice', [OWN, 'CF-Connecting-IP: 203.0.113.9']);
    await upgrade(await invitedPath(), [OWN, 'CF-Connecting-IP: 203.0.113.9']);
    const lines = house.log.lines().filter(({ reason }) => reason === 'forwarded');
    for (const msg of ['A webhook from elsewhere was refused', 'The upgrade of a stream was refused'])
      expect(lines.find((line) => line.msg === msg)).toMatchObject({
        level: 'warn',
        why: expect.stringContaining('Set TWILIO_AUTH_TOKEN'),
      });
    const figures = await (await fetch(`${house.url}/metrics`)).text();
    expect(figures).toMatch(/bayline_webhook_rejects_total\{reason="forwarded"\} \d/);
    expect(figures).toMatch(/bayline_upgrade_rejects_total\{reason="forwarded"\} \d/);
  });

  it.each(FOREIGN)('shows nothing of the shop and changes nothing: %s %s', async (...lines) => {
    const read = await rawRequest(house.url, ['GET /api/customers HTTP/1.1', ...lines]);
    expect(read.status).toBe(401);
    const type = ['Content-Type: application/json', 'Content-Length: 2'];
    const write = await rawRequest(house.url, ['POST /api/customers HTTP/1.1', ...lines, ...type], '{}');
    expect(write.status).toBe(401);
  });
});

describe('a gateway that listens beyond this machine without an auth token', () => {
  it('warns at its start and refuses who comes from elsewhere', async () => {
    const open = await startGateway({ ...NO_DATABASE, TWILIO_AUTH_TOKEN: '', HOST: '::ffff:127.0.0.1' });
    expect(open.log.text()).not.toContain('TWILIO_AUTH_TOKEN is not set');
    const wide = await startGateway({ ...NO_DATABASE, TWILIO_AUTH_TOKEN: '', HOST: '0.0.0.0' });
    expect(wide.log.text()).toContain('TWILIO_AUTH_TOKEN is not set');
    const own = lanAddress();
    if (own === null) return;
    const outside = wide.url.replace('localhost', own);
    expect((await rawRequest(outside, ['GET /api/customers HTTP/1.1', OWN])).status).toBe(401);
    const form = ['POST /twilio/voice HTTP/1.1', OWN, 'Content-Length: 0'];
    expect(await rawRequest(outside, form)).toMatchObject({
      status: 403,
      body: expect.stringContaining('another machine'),
    });
    expect((await rawRequest(outside, ['GET /metrics HTTP/1.1', 'Host: gateway:3000'])).status).toBe(200);
  }, 60_000);
});

/** An address of this machine by which it is another's peer; null without a network. */
function lanAddress(): string | null {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null;
}
