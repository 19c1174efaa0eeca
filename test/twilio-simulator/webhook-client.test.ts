import { createServer, type Server, type ServerResponse } from 'node:http';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { expect, it, onTestFinished, vi } from 'vitest';
import { GatewayAddress } from '../../packages/twilio-simulator/src/gateway-address.js';
import { WebhookClient } from '../../packages/twilio-simulator/src/webhook-client.js';

async function setUpClient(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${port}`;
  return { url, client: new WebhookClient(new GatewayAddress(url), 'a-token') };
}

it('tries once more, with the same idempotency token, when the connection broke', async () => {
  const tokens: unknown[] = [];
  const server = createServer((request, response) => {
    tokens.push(request.headers['i-twilio-idempotency-token']);
    if (tokens.length === 1) request.socket.destroy();
    else response.end('ok');
  });
  const { url, client } = await setUpClient(server);
  const answer = await client.send({ url: `${url}/x`, method: 'POST', params: { a: '1' } });
  expect(answer).toMatchObject({ status: 200, body: 'ok' });
  expect(tokens).toHaveLength(2);
  expect(tokens[0]).toBe(tokens[1]);
});

it('does not repeat a request that was answered with an error', async () => {
  const seen = vi.fn();
  const { url, client } = await setUpClient(
    createServer((_request, response) => {
      seen();
      response.writeHead(500).end();
    }),
  );
  expect(await client.send({ url, method: 'POST', params: {} })).toMatchObject({ status: 500 });
  expect(seen).toHaveBeenCalledTimes(1);
});

it.each<[string, (response: ServerResponse) => void, RegExp]>([
  ['is too large', (response) => response.end('x'.repeat(64 * 1024 + 1)), /larger than 64 KiB/],
  ['breaks off', (response) => response.writeHead(200).write('<Resp', () => response.destroy()), /aborted/],
  ['is no HTTP', (response) => response.socket?.end('SMTP\r\n\r\n'), /Parse Error/],
])('does not repeat a request whose answer %s', async (_what, answer, failed) => {
  const seen = vi.fn();
  const server = createServer((_request, response) => {
    seen();
    answer(response);
  });
  const { url, client } = await setUpClient(server);
  const { status, ...rest } = await client.send({ url, method: 'POST', params: { a: '1' } });
  expect([status, rest]).toEqual([null, { failed: expect.stringMatching(failed) }]);
  expect(seen).toHaveBeenCalledTimes(1);
});

it('does not repeat a request that was not answered in time', async () => {
  const clock = new AbortController();
  const seen = vi.fn(() => clock.abort());
  const { url, client } = await setUpClient(createServer(seen));
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(clock.signal);
  onTestFinished(() => timeout.mockRestore());
  expect(await client.send({ url, method: 'POST', params: {} })).toMatchObject({ status: null });
  expect(timeout).toHaveBeenCalledWith(15_000);
  expect(seen).toHaveBeenCalledTimes(1);
});

it('tries once more when no connection came about', async () => {
  const { url } = await setUpClient(createServer((_request, response) => response.end('ok')));
  const address = new GatewayAddress(url);
  vi.spyOn(address, 'connectUrl').mockReturnValueOnce(new URL('http://127.0.0.1:1/'));
  const client = new WebhookClient(address, null);
  expect(await client.send({ url, method: 'POST', params: {} })).toMatchObject({ status: 200 });
});

it('puts the parameters of a GET into the query and signs that URL', async () => {
  const seen: (string | undefined)[] = [];
  const { url, client } = await setUpClient(
    createServer((request, response) => {
      seen.push(request.url, request.headers['x-twilio-signature']?.toString());
      response.end();
    }),
  );
  await client.send({ url: `${url}/x?y=1`, method: 'GET', params: { a: 'b c' } });
  expect(seen).toEqual(['/x?y=1&a=b+c', client.signUpgrade(`${url}/x?y=1&a=b+c`)]);
});

it('sends a POST on after 307 and a GET of the address alone after 301, 302 and 303, each signed anew', async () => {
  const statuses = [307, 301, 307, 302, 303];
  const seen: unknown[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push([request.method, request.url, body, request.headers['x-twilio-signature']]);
    const status = statuses[seen.length - 1];
    if (status === undefined) response.end('ok');
    else response.writeHead(status, { Location: `step-${seen.length}?a=1` }).end();
  });
  const { url, client } = await setUpClient(server);
  const answer = await client.send({ url: `${url}/voice/in`, method: 'POST', params: { b: '2' } });
  expect(answer).toMatchObject({ status: 200, body: 'ok', url: `${url}/voice/step-5?a=1`, location: null });
  const signedForm = (path: string) =>
    webhooks.getExpectedTwilioSignature('a-token', `${url}/voice/${path}`, { b: '2' });
  const get = (path: string) => ['GET', `/voice/${path}`, '', client.signUpgrade(`${url}/voice/${path}`)];
  expect(seen).toEqual([
    ['POST', '/voice/in', 'b=2', signedForm('in')],
    ['POST', '/voice/step-1?a=1', 'b=2', signedForm('step-1?a=1')],
    get('step-2?a=1'),
    get('step-3?a=1'),
    get('step-4?a=1'),
    get('step-5?a=1'),
  ]);
});

it('follows ten redirects, and hands over the eleventh', async () => {
  const seen = vi.fn();
  const server = createServer((_request, response) => {
    seen();
    response.writeHead(302, { Location: '/again' }).end();
  });
  const { url, client } = await setUpClient(server);
  const answer = await client.send({ url: `${url}/x`, method: 'POST', params: {} });
  expect(answer).toMatchObject({ status: 302, location: `${url}/again` });
  expect(seen).toHaveBeenCalledTimes(11);
});

it.each(['http://', 'mailto:jo@example.com'])(
  'answers, never rejects, for a redirect to %s',
  async (location) => {
    const server = createServer((_request, response) => {
      response.writeHead(302, { Location: location }).end();
    });
    const { url, client } = await setUpClient(server);
    const answer = await client.send({ url: `${url}/x`, method: 'POST', params: {} });
    expect(answer.status === null || answer.location === null).toBe(true);
  },
);

it('neither sends nor signs what stands behind a # in a URL', async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url, request.headers['x-twilio-signature']?.toString());
    response.end();
  });
  const { url, client } = await setUpClient(server);
  await client.send({ url: `${url}/x#rc=2`, method: 'POST', params: {} });
  expect(seen).toEqual(['/x', client.signUpgrade(`${url}/x`)]);
});

it('answers, never rejects, when nobody is there', async () => {
  const client = new WebhookClient(new GatewayAddress('http://127.0.0.1:1'), null);
  const answer = await client.send({ url: 'http://127.0.0.1:1/x', method: 'POST', params: {} });
  expect(answer).toEqual({ status: null, failed: expect.stringContaining('ECONNREFUSED') });
});

it.each([
  ['https://shop.example/a', 'http://127.0.0.1:3000/a'],
  ['wss://shop.example/m/t', 'ws://127.0.0.1:3000/m/t'],
  ['https://other.example/a?b=1', 'https://other.example/a?b=1'],
])('connects to the gateway itself for %s', (url, connectUrl) => {
  const address = new GatewayAddress('http://127.0.0.1:3000', 'https://shop.example');
  expect(address.connectUrl(url).href).toBe(connectUrl);
  expect(address.publicUrl('/twilio/voice')).toBe('https://shop.example/twilio/voice');
});
