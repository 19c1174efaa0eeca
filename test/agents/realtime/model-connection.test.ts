import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { ModelFault } from '../../../src/agents/realtime/model.js';
import { ModelConnection } from '../../../src/agents/realtime/model-connection.js';
import { VERSION } from '../../../src/core/version.js';
import { arrived } from '../../support/simulated-call.js';

/** RFC 6455, 1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
}

/** A server that takes every connection, and what came to it. */
async function takingServer() {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  const requests: IncomingMessage[] = [];
  sockets.on('connection', (_, request) => requests.push(request));
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  });
  return { url: await listen(server), sockets, requests };
}

function connect(url: string, options: { headers?: Record<string, string>; mostUnsentBytes?: number } = {}) {
  const heard = { opened: 0, messages: [] as (string | null)[], faults: [] as ModelFault[] };
  const connection = new ModelConnection({
    url,
    headers: options.headers ?? {},
    handshakeMs: 2000,
    mostUnsentBytes: options.mostUnsentBytes ?? 1e9,
    listener: {
      onOpen: () => {
        heard.opened += 1;
      },
      onMessage: (text) => heard.messages.push(text),
      onEnd: (fault) => heard.faults.push(fault),
    },
  });
  onTestFinished(() => connection.close());
  return { connection, heard };
}

describe('a connection to the model', () => {
  test('ends when what it tells is a fault to who listens, and throws nothing at its socket', async () => {
    const { url, sockets } = await takingServer();
    const { heard } = connect(url);
    heard.messages.push = () => {
      throw new TypeError('of who listens');
    };
    await arrived(() => expect(heard.opened).toBe(1));
    for (const socket of sockets.clients) socket.send('{}');
    await arrived(() => expect(heard.faults).toEqual([{ code: 'garbage', fatal: false }]));
  });

  test('says who asks, and asks for no compression', async () => {
    const { url, requests } = await takingServer();
    const { heard } = connect(url, { headers: { Authorization: 'Bearer of-nobody' } });
    await arrived(() => expect(heard.opened).toBe(1));
    expect(requests[0]?.headers).toMatchObject({
      authorization: 'Bearer of-nobody',
      'user-agent': `Bayline/${VERSION}`,
    });
    expect(requests[0]?.headers['sec-websocket-extensions']).toBeUndefined();
    expect(requests[0]?.headers['openai-beta']).toBeUndefined();
  });

  test('never takes its key to where it is redirected', async () => {
    const elsewhere = await takingServer();
    const redirecting = createServer().on('upgrade', (_, socket) => {
      socket.end(
        `HTTP/1.1 307 Temporary Redirect\r\nLocation: ${elsewhere.url}\r\nContent-Length: 0\r\n\r\n`,
      );
    });
    const { heard } = connect(await listen(redirecting), { headers: { Authorization: 'Bearer of-nobody' } });
    await arrived(() => expect(heard.faults).toEqual([{ code: 'http_3xx', fatal: true }]));
    expect(elsewhere.requests).toEqual([]);
  });

  test('is refused where nobody listens, and may be tried again', async () => {
    const server = createServer();
    const url = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const { heard } = connect(url);
    await arrived(() => expect(heard.faults).toEqual([{ code: 'refused', fatal: false }]));
  });

  test('is given up when the server takes nothing more of it', async () => {
    const { url, sockets } = await takingServer();
    sockets.on('connection', (socket) => socket.pause());
    const { connection, heard } = connect(url, { mostUnsentBytes: 100_000 });
    await arrived(() => expect(heard.opened).toBe(1));
    // More than what the network itself keeps between two sockets.
    for (let sent = 0; sent < 64; sent++) connection.send('x'.repeat(1024 * 1024));
    expect(heard.faults).toEqual([]);
    await arrived(() => expect(heard.faults).toEqual([{ code: 'slow', fatal: false }]));
  });

  test('has what it sends read in order, audio and all else', async () => {
    const { url, sockets } = await takingServer();
    const read: string[] = [];
    sockets.on('connection', (socket) => socket.on('message', (data) => read.push(String(data))));
    const { connection, heard } = connect(url);
    await arrived(() => expect(heard.opened).toBe(1));
    const texts = Array.from({ length: 90 }, (_, n) => `${n} ${'x'.repeat(n % 3 === 2 ? 70_000 : n * 8)}`);
    for (const [n, text] of texts.entries()) {
      if (n % 2 === 0) connection.sendAscii(text);
      else connection.send(text);
    }
    await arrived(() => expect(read).toEqual(texts));
    connection.close();
    connection.sendAscii('x'.repeat(200));
    expect(heard.faults).toEqual([]);
  });

  test('is given up when the server takes none of the audio', async () => {
    const { url, sockets } = await takingServer();
    sockets.on('connection', (socket) => socket.pause());
    const { connection, heard } = connect(url, { mostUnsentBytes: 100_000 });
    await arrived(() => expect(heard.opened).toBe(1));
    for (let sent = 0; sent < 1024; sent++) connection.sendAscii('x'.repeat(60_000));
    expect(heard.faults).toEqual([]);
    await arrived(() => expect(heard.faults).toEqual([{ code: 'slow', fatal: false }]));
  });

  /** A server that answers the handshake with its own bytes: the answer, and `behind` it, in pieces of so many bytes. */
  async function rawServer(behind: Buffer, pieceBytes: number): Promise<string> {
    const server = createServer();
    server.on('upgrade', async ({ headers }, socket) => {
      const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${WEBSOCKET_GUID}`);
      const head =
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`;
      const all = Buffer.concat([Buffer.from(head), behind]);
      socket.on('error', () => undefined);
      for (let at = 0; at < all.length; at += pieceBytes) {
        socket.write(all.subarray(at, at + pieceBytes));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    return listen(server);
  }

  const short = (first: number, text: string) =>
    Buffer.concat([Buffer.from([first, Buffer.byteLength(text)]), Buffer.from(text)]);
  const long = (text: string) => {
    const head = Buffer.from([0x81, 126, 0, 0]);
    head.writeUInt16BE(text.length, 2);
    return Buffer.concat([head, Buffer.from(text)]);
  };

  test.each([100_000, 1000, 7])(
    'reads all that comes behind the handshake, whole and in order, in pieces of %i bytes',
    async (pieceBytes) => {
      const texts = ['one', 'Grüße', 'x'.repeat(900), 'a ping, then four', 'in two parts', 'six'];
      const [one = '', two = '', three = '', four = '', five = '', six = ''] = texts;
      const frames = [
        short(0x81, one),
        short(0x81, two),
        long(three),
        short(0x89, 'ping'),
        short(0x81, four),
      ];
      const inParts = [short(0x01, five.slice(0, 3)), short(0x80, five.slice(3))];
      const url = await rawServer(Buffer.concat([...frames, ...inParts, short(0x81, six)]), pieceBytes);
      const { heard } = connect(url);
      await arrived(() => expect(heard.messages).toEqual(texts));
      expect([heard.opened, heard.faults]).toEqual([1, []]);
    },
  );

  test.each([
    ['a masked frame', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61])],
    ['text that is no UTF-8', Buffer.from([0x81, 0x02, 0xff, 0xfe])],
    ['a continuation of nothing', short(0x80, 'a')],
  ])('ends at %s, behind what was read before it', async (_what, foreign) => {
    const { heard } = connect(await rawServer(Buffer.concat([short(0x81, 'one'), foreign]), 100_000));
    await arrived(() => expect(heard.faults).toEqual([{ code: 'garbage', fatal: false }]));
    expect(heard.messages).toEqual(['one']);
  });

  test('tells a binary message apart', async () => {
    const { url, sockets } = await takingServer();
    sockets.on('connection', (socket) => socket.send(Buffer.from([1, 2, 3])));
    const { heard } = connect(url);
    await arrived(() => expect(heard.messages).toEqual([null]));
  });

  test('is over at once when it is closed, before it is open or after', async () => {
    const { url, sockets } = await takingServer();
    const early = connect(url);
    early.connection.close();
    const late = connect(url);
    await arrived(() => expect(late.heard.opened).toBe(1));
    late.connection.close();
    await arrived(() => expect(sockets.clients.size).toBe(0));
    expect([...early.heard.faults, ...late.heard.faults]).toEqual([]);
  });
});

describe('a peer that is gone without a word', () => {
  test('is found by three pings that nobody answers', async () => {
    const { url, sockets } = await takingServer();
    sockets.on('connection', (socket) => socket.pause());
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { heard } = connect(url);
    await arrived(() => expect(heard.opened).toBe(1));
    vi.advanceTimersByTime(15_000);
    expect(heard.faults).toEqual([]);
    vi.advanceTimersByTime(5000);
    expect(heard.faults).toEqual([{ code: 'lost', fatal: false }]);
  });
});
