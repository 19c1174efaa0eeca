import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { silentLogger } from '../../src/core/logger.js';
import { createGateway } from '../../src/gateway.js';
import { closeServer, createHttpServer, listen } from '../../src/server/http-server.js';
import { QuickVoice } from '../support/test-gateway.js';

async function serve(keepAliveSeconds: number) {
  const server = createHttpServer((_request, response) => response.end('alive'), keepAliveSeconds);
  onTestFinished(() => closeServer(server));
  await listen(server, 0, '127.0.0.1');
  const address: AddressInfo | string | null = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
}

/** A connection on which one request was answered; it stays open. */
async function idleConnection(port: number) {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  const ask = () => socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  let came = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    came += text;
  });
  const isAnswered = (times: number) => came.split('HTTP/1.1 200').length === times + 1;
  ask();
  await expect.poll(() => isAnswered(1)).toBe(true);
  return { socket, ask, isAnswered, head: () => came };
}

const isOpen = (socket: Socket) => !socket.destroyed && socket.readable;

test('an idle connection is kept 650 s where nothing else is set, and its client is told so', async () => {
  expect(loadConfig({}).keepAliveSeconds).toBe(650);
  const { server, port } = await serve(loadConfig({}).keepAliveSeconds);
  expect(server.keepAliveTimeout).toBe(650_000);
  expect((await idleConnection(port)).head()).toMatch(/^Keep-Alive: timeout=650\r$/m);
});

test('an idle connection is kept for the time that is set, and no longer', async () => {
  const { port } = await serve(1);
  const { socket } = await idleConnection(port);
  const ended = once(socket, 'end');
  expect(isOpen(socket)).toBe(true);
  await ended;
});

test('an idle connection outlives the time that a request may take', async () => {
  const { server, port } = await serve(650);
  // As the server has it, but for the time.
  [server.headersTimeout, server.requestTimeout] = [100, 200];
  const { socket, ask, isAnswered } = await idleConnection(port);
  const late = connect(port, '127.0.0.1').on('error', () => undefined);
  late.resume().write('GET /health HTTP/1.1\r\n');
  // The check that ends the late one has looked at the idle one too.
  await once(late, 'close');
  ask();
  await expect.poll(() => isAnswered(2)).toBe(true);
  expect(isOpen(socket)).toBe(true);
});

test.each([
  ['a connection that says nothing', ''],
  ['a request that does not get on', 'POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nx'],
])('%s is not kept as long as an idle one', async (_what, sent) => {
  const { server, port } = await serve(650);
  [server.headersTimeout, server.requestTimeout] = [100, 200];
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.resume().write(sent);
  await once(socket, 'close');
});

test('a gateway that closes waits for no idle connection', async () => {
  const settings = { PORT: '0', HOST: '127.0.0.1', DATABASE_URL: 'postgres://127.0.0.1:1/none' };
  const gateway = await createGateway(loadConfig(settings), {
    logger: silentLogger(),
    voice: new QuickVoice(),
  });
  const { url } = await gateway.listen();
  const port = Number(new URL(url).port);
  const connections = await Promise.all(Array.from({ length: 10 }, () => idleConnection(port)));
  const offered = connect(port, '127.0.0.1').on('error', () => undefined);
  offered.resume().write('GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
  await once(offered, 'data');
  const closed = [offered, ...connections.map(({ socket }) => socket)].map((socket) => once(socket, 'close'));
  await gateway.drain();
  const ended = Promise.all([gateway.close(), ...closed]).then(() => 'closed');
  expect(await Promise.race([ended, pause(30_000, 'waited', { ref: false })])).toBe('closed');
}, 60_000);
