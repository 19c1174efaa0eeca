import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { FOREIGN_PAGES } from '../support/foreign-requests.js';
import { type RawAnswer, rawRequest } from '../support/raw-request.js';
import { voiceForm } from '../support/signed-request.js';
import { StreamMessages, streamSidOf } from '../support/stream-messages.js';
import { AUTH_TOKEN, NO_DATABASE, startGateway, type TestGateway } from '../support/test-gateway.js';

const ADMIN_TOKEN = 'let-me-in-please';
const JSON_TYPE = 'Content-Type: application/json';

interface BegunCall {
  readonly call_sid: string;
  readonly stream_url: string;
  readonly parameters: Record<string, string>;
}

const endings: (() => Promise<void>)[] = [];
let house: TestGateway;
let cookie: string;
beforeAll(async () => {
  house = await startGateway({ ADMIN_TOKEN, ...NO_DATABASE }, undefined, (end) => endings.push(end));
  const { headers } = await fetch(`${house.url}/api/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: house.url },
    body: JSON.stringify({ token: ADMIN_TOKEN, name: 'Ada' }),
  });
  [cookie = ''] = (headers.get('set-cookie') ?? '').split(';');
}, 60_000);
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

const host = () => `Host: ${new URL(house.url).host}`;
const page = () => [host(), `Origin: ${house.url}`];

/** A request of whoever has the cookie; `lines` say which page makes it. */
function post(path: string, lines: readonly string[], body = '{}', type = JSON_TYPE): Promise<RawAnswer> {
  const head = [`POST ${path} HTTP/1.1`, ...lines, `Cookie: ${cookie}`, type];
  return rawRequest(house.url, [...head, `Content-Length: ${body.length}`], body);
}

function upgrade(url: string, lines: readonly string[]): Promise<RawAnswer> {
  const { pathname } = new URL(url);
  const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
  const handshake = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', key];
  return rawRequest(house.url, [`GET ${pathname} HTTP/1.1`, ...lines, ...handshake]);
}

async function begin(): Promise<BegunCall> {
  const { status, body } = await post('/api/phone', page(), '{"from":"+15125550101","attestation":"A"}');
  expect([status, body]).toEqual([201, expect.any(String)]);
  return JSON.parse(body);
}

function signed(url: string): string {
  const asSigned = url.replace(/^.*(?=\/twilio)/, house.gateway.publicUrl.replace('http', 'ws'));
  return `X-Twilio-Signature: ${webhooks.getExpectedTwilioSignature(AUTH_TOKEN, asSigned, {})}`;
}

async function liveCalls(): Promise<{ call_sid: string; test?: true; intervention?: object }[]> {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  const response = await fetch(`${house.url}/api/live`, { headers });
  const { live } = (await response.json()) as { live: [] };
  return live;
}

/** A call that talks, played as the page does. */
async function openCall(): Promise<{ callSid: string; socket: WebSocket; closed: Promise<unknown> }> {
  const { call_sid: callSid, stream_url } = await begin();
  const socket = new WebSocket(stream_url, { origin: house.url });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const messages = new StreamMessages(streamSidOf(1), callSid);
  socket.send(JSON.stringify(messages.connected()));
  socket.send(JSON.stringify(messages.start()));
  await vi.waitFor(async () => expect(await liveCalls()).toMatchObject([{ call_sid: callSid, test: true }]));
  return { callSid, socket, closed };
}

describe('the browser phone', () => {
  it('begins a call at the address where its page is open, and is told what is next', async () => {
    const { callSid, closed } = await openCall();
    const transfers = await Promise.all([1, 2].map(() => post(`/api/live/${callSid}/transfer`, page())));
    expect(transfers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(transfers.find(({ status }) => status === 409)?.body).toBe(
      '{"error":"Ada has taken this call over already."}',
    );
    await closed;
    const next = await post(`/api/phone/${callSid}/next`, page(), '{"hop":0}');
    expect(JSON.parse(next.body)).toEqual({
      action: 'dial',
      number: '+15125550190',
      said: expect.any(String),
    });
    expect(await liveCalls()).toEqual([]);
  });

  it('keeps a call that is ended by its page out of everything but the call log', async () => {
    const { callSid, socket, closed } = await openCall();
    socket.send(JSON.stringify(new StreamMessages(streamSidOf(1), callSid).stop()));
    await closed;
    await vi.waitFor(async () => expect(await liveCalls()).toEqual([]));
    const ended = house.log
      .lines()
      .filter((line) => line.msg === 'Call ended' && JSON.stringify(line).includes(callSid));
    expect(ended).toMatchObject([{ test: true }]);
  });
});

describe('a stream that is waiting for its page', () => {
  let call: BegunCall;
  beforeAll(async () => {
    call = await begin();
  });
  const refused = async (lines: readonly string[]) => {
    expect(await upgrade(call.stream_url, lines)).toMatchObject({ status: 403, body: 'Forbidden\n' });
    expect(await liveCalls()).toEqual([]);
  };

  it.each(FOREIGN_PAGES)('opens for no page with %s: %s', async (name, value) => {
    const own = name === 'Origin' ? [host()] : page();
    await refused([...own, `${name}: ${value}`]);
  });

  it.each(['evil.example.com', '127.0.0.1.nip.io', '192.168.0.7:3000', 'gateway:3000'])(
    'opens by no name that is pointed here: %s',
    async (name) => {
      await refused([`Host: ${name}`, `Origin: http://${name}`]);
    },
  );

  it('opens for no program, with the cookie or with a signature of Twilio', async () => {
    await refused([host(), `Cookie: ${cookie}`]);
    await refused([host(), signed(call.stream_url)]);
  });

  it('opens for no page when it waits for Twilio, which it then opens for', async () => {
    const form = voiceForm();
    const signature = webhooks.getExpectedTwilioSignature(
      AUTH_TOKEN,
      `${house.gateway.publicUrl}/twilio/voice`,
      form,
    );
    const invited = await post(
      '/twilio/voice',
      [host(), `X-Twilio-Signature: ${signature}`],
      new URLSearchParams(form).toString(),
      'Content-Type: application/x-www-form-urlencoded',
    );
    const [, url = ''] = /<Stream url="([^"]+)"/.exec(invited.body) ?? [];
    expect(await upgrade(url, page())).toMatchObject({ status: 403, body: 'Forbidden\n' });
    expect(await upgrade(url, [...page(), `Cookie: ${cookie}`])).toMatchObject({ status: 403 });
    expect(await upgrade(url, [host(), signed(url)])).toMatchObject({ status: 101 });
  });

  it('is not told of, nor is anything done, to a form of another page', async () => {
    const WRITES = [
      '/api/phone',
      `/api/phone/${call.call_sid}/next`,
      `/api/live/${call.call_sid}/end`,
      '/api/customers',
    ];
    for (const path of WRITES) {
      for (const [name, value] of FOREIGN_PAGES.slice(0, 3))
        expect(await post(path, [host(), `${name}: ${value}`])).toMatchObject({ status: 403 });
      // Browsers name the page of a form.
      expect(await post(path, [host()])).toMatchObject({ status: 403 });
      const form = await post(path, page(), 'from=anonymous', 'Content-Type: text/plain');
      expect([form.status, form.body]).not.toEqual([201, expect.anything()]);
      expect([404, 415]).toContain(form.status);
    }
    expect(
      (
        await rawRequest(house.url, [
          'GET /api/live HTTP/1.1',
          host(),
          `Cookie: ${cookie}`,
          'Accept: text/event-stream',
          'Origin: http://localhost:8080',
        ])
      ).status,
    ).toBe(403);
  });

  it('opens once', async () => {
    expect(await upgrade(call.stream_url, page())).toMatchObject({ status: 101 });
    await refused(page());
  });
});
