import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { silentLogger } from '../../src/core/logger.js';
import { Metrics } from '../../src/core/metrics.js';
import { type Adopt, fastReading } from '../../src/server/fast-read/fast-reading.js';
import { handleUpgrades } from '../../src/server/upgrade.js';
import { MediaStream } from '../../src/twilio/media-stream.js';
import { SignatureChecker } from '../../src/twilio/signature.js';
import { StreamTokens } from '../../src/twilio/stream-token.js';
import { parseVoiceForm } from '../../src/twilio/webhooks.js';
import { logSink } from '../support/log-sink.js';
import { callSidOf, StreamMessages } from '../support/stream-messages.js';

const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
const PUBLIC = 'https://voice.example.com';
const twilio = new StreamMessages();

let server: Server;
let port: number;
let draining = false;
let adopt: Adopt;
let ours: string;
let metrics: Metrics;
let log: ReturnType<typeof logSink>;
let ended: string[];
let accepted: number;
/** Whoever is given a stream has a fault. */
let broken: boolean;
const tokens = new StreamTokens(AUTH_TOKEN);

beforeEach(async () => {
  server = createServer((_request, response) => response.end('alive'));
  metrics = new Metrics();
  log = logSink();
  draining = false;
  adopt = fastReading(true, log.logger);
  ours = '';
  ended = [];
  accepted = 0;
  broken = false;
  handleUpgrades(server, {
    checker: new SignatureChecker(AUTH_TOKEN, () => PUBLIC),
    origin: () => PUBLIC,
    adopt: (socket) => adopt(socket),
    isForPage: () => false,
    notOfOurPage: () => null,
    redeem: (token) => tokens.redeem(token),
    isRefused: (token) => draining && token !== ours,
    metrics,
    logger: log.logger,
    accept: (socket) => {
      if (broken) throw new Error('a fault in one call');
      accepted += 1;
      // A stream of an earlier test may end late: that is no matter of this one's.
      const endings = ended;
      const listener = { onStart: vi.fn(), onMedia: vi.fn(), onDigit: vi.fn(), onMark: vi.fn() };
      const options = { startTimeoutMs: 60_000, idleTimeoutMs: 60_000, logger: silentLogger(), metrics };
      new MediaStream(socket, options, { ...listener, onEnd: (end) => endings.push(end) });
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
  await once(server, 'close');
});

function newPath(
  from = '+15551234567',
  expiresAt = Date.now() + 60_000,
  attestation: string | null = null,
): string {
  return `/twilio/media/${tokens.issue({ callSid: twilio.callSid, from, attestation, hop: 0, expiresAt })}`;
}

function signed(path: string, origin = 'wss://voice.example.com'): Record<string, string> {
  return {
    'x-twilio-signature': webhooks.getExpectedTwilioSignature(AUTH_TOKEN, `${origin}${path}`, {}),
  };
}

function dial(path: string, headers: Record<string, string> = signed(path)): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
}

async function refused(socket: WebSocket): Promise<{ status: number | undefined; body: string }> {
  socket.on('error', () => undefined);
  const [, response]: [unknown, IncomingMessage] = await new Promise((resolve, reject) => {
    socket.once('unexpected-response', (request, answer) => resolve([request, answer]));
    socket.once('open', () => reject(new Error('This stream was let in.')));
  });
  const chunks = await response.toArray();
  return { status: response.statusCode, body: Buffer.concat(chunks).toString() };
}

async function rejects(reason: string): Promise<number> {
  const { values } = await metrics.upgradeRejects.get();
  return values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
}

async function opened(): Promise<WebSocket> {
  const socket = dial(newPath());
  await once(socket, 'open');
  return socket;
}

async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = await once(socket, 'close');
  return code;
}

function handshake(path: string, headers: Record<string, string> = signed(path)): string {
  const lines = Object.entries({
    Host: 'voice.example.com',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  });
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

describe('the upgrade of a stream', () => {
  it('that nobody can take closes its connection, and the next one is let in', async () => {
    broken = true;
    const lost = dial(newPath());
    lost.on('error', () => undefined);
    expect(await closeCode(lost)).toBe(1006);
    broken = false;
    (await opened()).terminate();
    await vi.waitFor(() => expect(ended).toEqual(['lost']));
  });

  it('lets in a signed stream with a fresh token, with or without a trailing slash', async () => {
    const path = newPath();
    const [plain, slashed] = [dial(path), dial(`${newPath()}/`)];
    await Promise.all([once(plain, 'open'), once(slashed, 'open')]);
    expect(accepted).toBe(2);
    plain.terminate();
    slashed.terminate();
    await vi.waitFor(() => expect(ended).toEqual(['lost', 'lost']));
  });

  it.each([
    '/',
    '/twilio/media',
    '/twilio/media/',
    '/twilio/media/a/b',
    '/twilio/media/a?b=c',
    '/twilio/media/%41',
  ])('answers 404 at %s', async (path) => {
    expect(await refused(dial(path))).toEqual({ status: 404, body: 'Not Found\n' });
    expect(await rejects('path')).toBe(1);
  });

  it('answers 403 without a signature, with a wrong one and with one of the https address', async () => {
    const path = newPath();
    const headers = [{}, { 'x-twilio-signature': 'x' }, signed(path, PUBLIC), signed(`${path}x`)];
    for (const header of headers) {
      expect(await refused(dial(path, header))).toEqual({ status: 403, body: 'Forbidden\n' });
    }
    expect(await rejects('signature')).toBe(4);
    const socket = dial(path);
    await once(socket, 'open');
    socket.terminate();
  });

  it('answers 403 to a forged, an expired, a future and a used token, and counts each apart', async () => {
    const used = newPath();
    const first = dial(used);
    await once(first, 'open');
    const [past, future] = [Date.now() - 6000, Date.now() + 300_000];
    const paths = [used, newPath(undefined, past), newPath(undefined, future), '/twilio/media/forged'];
    for (const path of paths) expect((await refused(dial(path))).status).toBe(403);
    const reasons = ['token_used', 'token_expired', 'token_early', 'token_forged'];
    expect(await Promise.all(reasons.map(rejects))).toEqual([1, 1, 1, 1]);
    expect(accepted).toBe(1);
    first.terminate();
  });

  it('logs ten refusals a second of each reason, and how many it held back', async () => {
    await Promise.all(Array.from({ length: 100 }, () => refused(dial('/nowhere'))));
    const path = newPath();
    await refused(dial(path, {}));
    const lines = () => log.lines().filter(({ msg }) => msg === 'The upgrade of a stream was refused');
    const reasons = lines().map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === 'path').length).toBeLessThan(100);
    expect(reasons).toContain('signature');
    expect(log.text()).not.toContain(path);
    await vi.waitFor(
      async () => {
        await refused(dial('/nowhere'));
        expect(lines().reduce((sum, { suppressed = 0 }) => sum + suppressed, lines().length)).toBe(
          1 + (await rejects('path')),
        );
      },
      { interval: 100 },
    );
  });

  it('logs the address that a refused signature was checked against, without the token', async () => {
    const path = newPath();
    await refused(dial(path, signed(path, 'wss://elsewhere.example.com')));
    await refused(dial('/nowhere'));
    const lines = log.lines().filter(({ msg }) => msg === 'The upgrade of a stream was refused');
    expect(lines.map(({ reason, expected }) => [reason, expected])).toEqual([
      ['signature', 'wss://voice.example.com/twilio/media/[redacted]'],
      ['path', undefined],
    ]);
    expect(log.text()).not.toContain(path.slice('/twilio/media/'.length));
  });

  it('answers 503 while draining, and does not use up the token', async () => {
    const path = newPath();
    draining = true;
    expect(await refused(dial(path))).toEqual({ status: 503, body: 'Service Unavailable\n' });
    draining = false;
    const socket = dial(path);
    await once(socket, 'open');
    socket.terminate();
  });

  it('lets a call in that is its own already while draining', async () => {
    const path = newPath();
    draining = true;
    ours = path.slice('/twilio/media/'.length);
    const socket = dial(path);
    await once(socket, 'open');
    socket.terminate();
  });

  it('has room for the token of every caller that the webhook lets through', async () => {
    const From = `sip:${'"\\'.repeat(125)}`;
    const form = { CallSid: callSidOf(1), CallStatus: 'ringing', From, StirVerstat: 'x'.repeat(100) };
    const { from, attestation } = parseVoiceForm(form);
    const socket = dial(newPath(from, Date.now() + 60_000, attestation));
    await once(socket, 'open');
    socket.terminate();
  });

  it('ends a refused connection even when the peer keeps its side open', async () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    socket.resume().write(handshake('/nowhere'));
    await once(socket, 'end');
    const connections = () =>
      new Promise<number>((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      });
    await vi.waitFor(async () => expect(await connections()).toBe(0));
    socket.destroy();
  });

  it('survives a hundred resets at any point of an upgrade', async () => {
    for (let i = 0; i < 100; i += 1) {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      const path = i % 3 === 0 ? '/nowhere' : newPath();
      const bytes = handshake(path, i % 3 === 1 ? {} : signed(path));
      socket.write(i % 4 === 0 ? bytes.slice(0, Math.floor((bytes.length * i) / 100)) : bytes);
      if (i % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      socket.resetAndDestroy();
    }
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(await answer.text()).toBe('alive');
    const socket = await opened();
    socket.terminate();
    await vi.waitFor(() => expect(ended).toHaveLength(accepted));
  });
});

describe.each([
  { how: 'read fast', fastRead: true },
  { how: 'read by plain ws', fastRead: false },
])('an open stream, $how', ({ fastRead }) => {
  beforeEach(() => {
    adopt = fastReading(fastRead, log.logger);
  });

  it('is closed with 1009 by a message of more than 64 KiB, and not by one of 64 KiB', async () => {
    const socket = await opened();
    socket.send('x'.repeat(64 * 1024));
    socket.send('x'.repeat(64 * 1024 + 1));
    expect(await closeCode(socket)).toBe(1009);
    const { values } = await metrics.framesDropped.get();
    expect(Object.fromEntries(values.map(({ labels, value }) => [labels.reason, value]))).toEqual({
      malformed: 1,
      too_big: 1,
    });
  });

  it('is closed with 1003 by a binary frame', async () => {
    const socket = await opened();
    socket.send(Buffer.from('{}'), { binary: true });
    expect(await closeCode(socket)).toBe(1003);
  });

  it('is closed with 1007 by text that is not UTF-8', async () => {
    const socket = await opened();
    socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
    expect(await closeCode(socket)).toBe(1007);
  });

  it('is closed with 1008 by a message in more than 64 fragments', async () => {
    const socket = await opened();
    const closed = closeCode(socket);
    for (let i = 0; i < 100; i += 1) socket.send('x', { fin: false });
    expect(await closed).toBe(1008);
  });

  it('answers pings, and is closed with 1008 by a flood of them', async () => {
    const socket = await opened();
    const pongs: string[] = [];
    socket.on('pong', (data) => pongs.push(data.toString()));
    for (let n = 0; n < 20; n += 1) socket.ping(String(n));
    await vi.waitFor(() => expect(pongs).toEqual(Array.from({ length: 20 }, (_, n) => String(n))));
    for (let n = 0; n < 1000; n += 1) socket.ping('more');
    expect(await closeCode(socket)).toBe(1008);
    expect(pongs.length).toBeLessThan(100);
    await vi.waitFor(() => expect(ended).toEqual(['lost']));
  });

  it('does not feel what another stream does', async () => {
    const [good, bad] = [await opened(), await opened()];
    bad.send(Buffer.from([0xff]), { binary: false });
    await once(bad, 'close');
    await vi.waitFor(() => expect(ended).toEqual(['lost']));
    good.send(JSON.stringify(twilio.connected()));
    good.send(JSON.stringify(twilio.start()));
    good.send(JSON.stringify(twilio.stop()));
    expect(await closeCode(good)).toBe(1000);
    expect(ended).toEqual(['lost', 'stopped']);
  });
});
