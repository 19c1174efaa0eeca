import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { Metrics } from '../../src/core/metrics.js';
import { fastReading } from '../../src/server/fast-read/fast-reading.js';
import { createHttpServer } from '../../src/server/http-server.js';
import { handleUpgrades } from '../../src/server/upgrade.js';
import { StreamTokens } from '../../src/twilio/stream-token.js';
import { runs } from '../support/property-runs.js';
import { callSidOf } from '../support/stream-messages.js';

const tokens = new StreamTokens(undefined);
let server: Server;
let port: number;
let streams: number;
/** Answers of `/late` that wait. */
let late: (() => void)[];

beforeEach(async () => {
  streams = 0;
  late = [];
  server = createHttpServer((request, response) => {
    // A connection that is cut has no answer.
    echo(request, response).catch(() => response.destroy());
  }, 60);
  handleUpgrades(server, {
    checker: null,
    origin: () => 'http://localhost',
    isForPage: () => false,
    notOfOurPage: () => null,
    redeem: (token) => tokens.redeem(token),
    isRefused: () => false,
    adopt: fastReading(true, silentLogger()),
    metrics: new Metrics(),
    logger: silentLogger(),
    accept: () => {
      streams += 1;
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
});

/** Says what was asked. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await request.toArray());
  const answer = () => response.end(`[${request.method} ${request.url} ${body}]`);
  if (request.url === '/late') late.push(answer);
  else answer();
}

function offer(upgrade: string, connection = 'Upgrade, HTTP2-Settings'): string {
  return `Host: localhost\r\nConnection: ${connection}\r\nUpgrade: ${upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n`;
}

const get = (path: string, upgrade = 'h2c') => `GET ${path} HTTP/1.1\r\n${offer(upgrade)}\r\n`;
const post = (path: string, body: string, upgrade = 'h2c') =>
  `POST ${path} HTTP/1.1\r\n${offer(upgrade)}Content-Length: ${body.length}\r\n\r\n${body}`;
const chunked = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\n${offer('h2c')}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const plain = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const handshake = (path: string, upgrade = 'websocket') =>
  `GET ${path} HTTP/1.1\r\n${offer(upgrade)}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
function streamPath(): string {
  const claims = { callSid: callSidOf(1), from: '+15551234567', attestation: null, hop: 0 };
  return `/twilio/media/${tokens.issue({ ...claims, expiresAt: Date.now() + 60_000 })}`;
}

/** A connection and the answers that came on it: what was asked, or the status of those that say nothing of it. */
async function dial(): Promise<{ socket: Socket; answers: () => string[] }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
  let came = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    came += text;
  });
  await once(socket, 'connect');
  return { socket, answers: () => came.match(/\[[^\]]*\]|HTTP\/1\.1 (?!200)\d+/g) ?? [] };
}

async function answersTo(sent: string | readonly string[], count: number): Promise<string[]> {
  const { socket, answers } = await dial();
  for (const part of [sent].flat()) {
    socket.write(part, 'latin1');
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => answers().length, { interval: 5 }).toBeGreaterThanOrEqual(count);
  socket.destroy();
  return answers();
}

const OFFERS = [
  'h2c',
  'H2C',
  'HTTP/2.0',
  'TLS/1.0',
  'IRC/6.9',
  'foo',
  'h2c, foo',
  'h2c,h2c,TLS/1.2',
  'h2c, websocket',
  'websocket, h2c',
  'websocket',
  'websockets',
  'WebSocket',
  ',',
];

describe('a request that offers another protocol', () => {
  it.each(OFFERS)('is answered as it is without the offer: %s', async (upgrade) => {
    expect(await answersTo(get('/a', upgrade), 1)).toEqual(['[GET /a ]']);
    expect(await answersTo(post('/a', 'a=b', upgrade), 1)).toEqual(['[POST /a a=b]']);
  });

  it.each(['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    'is answered whatever its method: %s',
    async (method) => {
      const { socket } = await dial();
      let came = '';
      socket.on('data', (text: string) => {
        came += text;
      });
      socket.write(get('/a').replace('GET', method));
      await expect.poll(() => came).toMatch(/^HTTP\/1\.1 200/);
      socket.destroy();
    },
  );

  it.each<[string, string, string[]]>([
    ['two', get('/a') + get('/b'), ['[GET /a ]', '[GET /b ]']],
    ['one before a plain one', get('/a') + plain('/b'), ['[GET /a ]', '[GET /b ]']],
    ['one behind a plain one', plain('/a') + get('/b'), ['[GET /a ]', '[GET /b ]']],
    ['one with a body before a plain one', post('/a', 'x=1') + plain('/b'), ['[POST /a x=1]', '[GET /b ]']],
    ['one with a body in chunks', chunked('/a', 'x=1') + get('/b'), ['[POST /a x=1]', '[GET /b ]']],
    ['two with bodies', post('/a', 'x=1') + post('/b', 'y=2'), ['[POST /a x=1]', '[POST /b y=2]']],
    ['one with an empty body', post('/a', '') + plain('/b'), ['[POST /a ]', '[GET /b ]']],
    [
      'a large body',
      post('/a', 'x'.repeat(40_000)) + plain('/b'),
      [`[POST /a ${'x'.repeat(40_000)}]`, '[GET /b ]'],
    ],
  ])('keeps its place among others in one piece: %s', async (_what, sent, expected) => {
    expect(await answersTo(sent, expected.length)).toEqual(expected);
  });

  it('is answered in its turn, however it and its neighbours are cut', async () => {
    const request = fc.constantFrom('get', 'plain', 'post', 'chunked', 'websocket without a key');
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 6 }), sizes, async (kinds, pieces) => {
        const body = `body=${'x'.repeat(kinds.length * 20)}`;
        const sent = kinds.map((kind, n) => {
          if (kind === 'get') return get(`/${n}`);
          if (kind === 'plain') return plain(`/${n}`);
          if (kind === 'post') return post(`/${n}`, body);
          return kind === 'chunked' ? chunked(`/${n}`, body) : get(`/${n}`, 'websocket');
        });
        const expected = kinds.map((kind, n) =>
          kind === 'post' || kind === 'chunked' ? `[POST /${n} ${body}]` : `[GET /${n} ]`,
        );
        const parts: string[] = [];
        for (let rest = sent.join(''), n = 0; rest !== ''; n += 1) {
          const size = pieces[n % pieces.length] ?? 1;
          parts.push(rest.slice(0, size));
          rest = rest.slice(size);
        }
        expect(await answersTo(parts, kinds.length)).toEqual(expected);
      }),
      { numRuns: runs(50) },
    );
  }, 60_000);

  it('waits for the answer before it', async () => {
    const { socket, answers } = await dial();
    socket.write(plain('/late') + get('/b') + plain('/c'));
    await expect.poll(() => late.length).toBe(1);
    await answersTo(get('/elsewhere'), 1);
    expect(answers()).toEqual([]);
    late[0]?.();
    await expect.poll(answers).toEqual(['[GET /late ]', '[GET /b ]', '[GET /c ]']);
    socket.destroy();
  });

  it('is forgotten with its connection, whose answer before it never came', async () => {
    const { socket } = await dial();
    socket.write(plain('/late') + get('/b'));
    await expect.poll(() => late.length).toBe(1);
    socket.resetAndDestroy();
    late[0]?.();
    expect(await answersTo(plain('/c'), 1)).toEqual(['[GET /c ]']);
    const connections = () =>
      new Promise<number>((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      );
    await expect.poll(connections).toBe(0);
  });

  it('leaves nothing on its connection, be it the hundredth', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const { socket, answers } = await dial();
    for (let n = 1; n <= 100; n += 1) {
      socket.write(n % 2 === 0 ? get('/a') : post('/a', 'x'));
      await expect.poll(() => answers().length, { interval: 1 }).toBe(n);
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    socket.destroy();
  });

  it('is answered though the client says at once that nothing follows', async () => {
    const { socket, answers } = await dial();
    socket.end(post('/a', 'x'));
    await once(socket, 'end');
    expect(answers()).toEqual(['[POST /a x]']);
  });

  it.each([
    ['asks for the end of the connection', `GET /a HTTP/1.1\r\n${offer('h2c', 'close, Upgrade')}\r\n`],
    ['is one of HTTP/1.0', `GET /a HTTP/1.0\r\n${offer('h2c')}\r\n`],
  ])('ends its connection when it %s', async (_what, sent) => {
    const { socket, answers } = await dial();
    socket.write(sent);
    await once(socket, 'end');
    expect(answers()).toEqual(['[GET /a ]']);
    socket.destroy();
  });

  it('is bound by the limits of any other', async () => {
    expect(await answersTo(`GET /a HTTP/1.1\r\n${offer('h2c')}X: ${'x'.repeat(20_000)}\r\n\r\n`, 1)).toEqual([
      'HTTP/1.1 431',
    ]);
    expect(
      await answersTo(`POST /a HTTP/1.1\r\n${offer('h2c')}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 1),
    ).toEqual(['HTTP/1.1 400']);
  });
});

describe('the handshake of a WebSocket', () => {
  it.each(['websocket', 'WebSocket', 'h2c, websocket', 'websocket, foo'])(
    'opens a stream: %s',
    async (upgrade) => {
      expect(await answersTo(handshake(streamPath(), upgrade), 1)).toEqual(['HTTP/1.1 101']);
      expect(streams).toBe(1);
    },
  );

  it('opens a stream behind requests on the same connection', async () => {
    const sent = [get('/a'), post('/b', 'x'), handshake(streamPath())];
    expect(await answersTo(sent, 3)).toEqual(['[GET /a ]', '[POST /b x]', 'HTTP/1.1 101']);
    expect(await answersTo(sent.slice(0, 2).join('') + handshake(streamPath()), 3)).toEqual([
      '[GET /a ]',
      '[POST /b x]',
      'HTTP/1.1 101',
    ]);
    expect(streams).toBe(2);
  });

  it('is refused where no stream is, and leaves a token alone that it does not name whole', async () => {
    expect(await answersTo(handshake('/a'), 1)).toEqual(['HTTP/1.1 404']);
    const path = streamPath();
    const withoutKey = handshake(path).replace(/Sec-WebSocket-Key.*\r\n/, '');
    expect(await answersTo(withoutKey, 1)).toEqual([`[GET ${path} ]`]);
    expect(await answersTo(handshake(path).replace('GET', 'POST'), 1)).toEqual([`[POST ${path} ]`]);
    expect(await answersTo(handshake(path), 1)).toEqual(['HTTP/1.1 101']);
  });
});
