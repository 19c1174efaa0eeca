import { createServer, type IncomingMessage, type Server } from 'node:http';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { ModelFault } from '../../../src/agents/realtime/model.js';
import { ModelConnection } from '../../../src/agents/realtime/model-connection.js';
import { VERSION } from '../../../src/core/version.js';
import { arrived } from '../../support/simulated-call.js';

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
