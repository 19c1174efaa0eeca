import { once } from 'node:events';
import { connect } from 'node:net';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config.js';
import { createGateway, type Gateway } from '../../../src/gateway.js';
import { logSink } from '../../support/log-sink.js';
import { newCallSid, postSigned, voiceForm } from '../../support/signed-request.js';
import { AUTH_TOKEN, QuickVoice } from '../../support/test-gateway.js';

let house: { readonly url: string; readonly gateway: Gateway };
const log = logSink('debug');
beforeAll(async () => {
  const settings = {
    PORT: '0',
    HOST: '127.0.0.1',
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
  };
  const gateway = await createGateway(loadConfig(settings), { logger: log.logger, voice: new QuickVoice() });
  const { url } = await gateway.listen();
  house = { url, gateway };
});
afterAll(() => house.gateway.close());

const WEBHOOKS = ['/twilio/voice', '/twilio/voice/next', '/twilio/stream-status', '/twilio/call-status'];
const METHODS = ['get', 'head', 'put', 'delete', 'patch', 'options'] as const;
const cases = WEBHOOKS.flatMap((path) => METHODS.map((method) => ({ path, method })));

describe('a webhook', () => {
  test.each(cases)('says 405 with Allow to $method $path', async ({ path, method }) => {
    for (const address of [path, `${path}/`, `${path}?hop=1`]) {
      const answer = await request(house.url)[method](address);
      expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
      expect(answer.text ?? '').toBe(method === 'head' ? '' : 'This address takes POST only.\n');
    }
  });

  test('logs what to choose in the Twilio console', async () => {
    await request(house.url).get('/twilio/voice?CallSid=CA1');
    const lines = log.lines().filter(({ msg }) => /takes POST only/.test(String(msg)));
    expect(lines.length).toBeGreaterThan(0);
    expect(log.text()).not.toContain('CallSid=CA1');
  });

  test.each(['/twilio', '/twilio/voices', '/twilio/voice/next/x', '/twilio/media/x'])(
    'is none at %s, whatever the method',
    async (path) => {
      for (const method of [...METHODS, 'post'] as const)
        expect((await request(house.url)[method](path)).status).toBe(404);
    },
  );
});

/** Statuses of all that is asked in one piece on one connection. */
async function statusesOf(requests: readonly string[]): Promise<string[]> {
  const socket = connect(Number(new URL(house.url).port), '127.0.0.1');
  let came = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    came += text;
  });
  await once(socket, 'connect');
  socket.write(requests.join(''));
  const statuses = () => [...came.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = '']) => status);
  await expect.poll(() => statuses().length).toBe(requests.length);
  socket.destroy();
  return statuses();
}

const OFFER = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';

describe('an offer to go on in HTTP/2', () => {
  test('is ignored on every route, one after the other on one connection', async () => {
    const paths = [
      ['/health', '200'],
      ['/health/redis', '200'],
      ['/metrics', '200'],
      ['/', '200'],
      ['/assets/none.js', '404'],
      ['/api/shop', '200'],
      ['/api/customers', '503'],
      ['/api/live', '200'],
      ['/api/nothing', '404'],
      ['/nothing', '404'],
      ['/twilio/voice', '405'],
      ['/twilio/media/x', '404'],
    ] as const;
    const asked = paths.map(([path]) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${OFFER}\r\n`);
    expect(await statusesOf(asked)).toEqual(paths.map(([, status]) => status));
  });

  test('is ignored in a signed webhook, whose call is answered', async () => {
    const form = voiceForm({ CallSid: newCallSid() });
    const plain = await postSigned(house, '/twilio/voice', form).expect(200);
    const offered = await postSigned(house, '/twilio/voice', form)
      .set({ Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' })
      .expect(200);
    expect(offered.text).toBe(plain.text);
  });

  test('takes nothing from the checks: an unsigned webhook is refused', async () => {
    const form = new URLSearchParams(voiceForm()).toString();
    const type = 'Content-Type: application/x-www-form-urlencoded';
    const asked = `POST /twilio/voice HTTP/1.1\r\nHost: localhost\r\n${OFFER}${type}\r\nContent-Length: ${form.length}\r\n\r\n${form}`;
    expect(await statusesOf([asked, asked])).toEqual(['403', '403']);
  });
});
