import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TcpProxy } from './tcp-proxy.js';

let echo: Server;
let proxy: TcpProxy;
let received: Buffer[];
let client: Socket;

const text = () => Buffer.concat(received).toString();
const says = (expected: string) => vi.waitFor(() => expect(text()).toBe(expected), { interval: 2 });

beforeEach(async () => {
  echo = createServer((socket) => void socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  proxy = await TcpProxy.listen({ port: address.port, host: '127.0.0.1' });
  dial();
});

afterEach(async () => {
  client.destroy();
  await proxy.close();
  echo.close();
});

function dial(): void {
  received = [];
  client = connect({ port: proxy.port, host: '127.0.0.1' });
  client.on('data', (chunk) => received.push(chunk)).on('error', () => {});
}

/** A reset is an error as well, which `once` would reject with. */
const isClosed = () => new Promise((done) => (client.closed ? done(null) : client.once('close', done)));

test('what is held back comes in order when it is released, in its direction only', async () => {
  client.write('a');
  await says('a');
  proxy.hold('toClient');
  client.write('b');
  client.write('c');
  const passed = new Promise<void>((done) => {
    proxy.onChunk = (direction) => direction === 'toClient' && done();
  });
  await passed;
  expect(text()).toBe('a');
  proxy.release('toClient');
  await says('abc');
});

test('what was held back arrives though its sender is gone', async () => {
  const arrived = new Promise<string>((resolve) => {
    echo.once('connection', (socket: Socket) => socket.once('data', (chunk) => resolve(chunk.toString())));
  });
  proxy.hold('toServer');
  const passed = new Promise<void>((done) => {
    proxy.onChunk = () => done();
  });
  client.write('a');
  await passed;
  client.destroy();
  await isClosed();
  proxy.release('toServer');
  expect(await arrived).toBe('a');
});

test('latency delays and keeps the order', async () => {
  proxy.setWeather({ latencyMs: 40, jitterMs: 20 });
  const startedAt = performance.now();
  for (const letter of 'hello') client.write(letter);
  await says('hello');
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(78);
});

test('a slicer changes no byte', async () => {
  proxy.setWeather({ sliceBytes: 3 });
  client.write('0123456789'.repeat(50));
  await says('0123456789'.repeat(50));
  expect(received.length).toBeGreaterThan(1);
});

test('a reset ends the connections, a refusal the new ones, and later ones pass', async () => {
  client.write('a');
  await says('a');
  proxy.reset();
  await isClosed();
  proxy.refuse();
  dial();
  await isClosed();
  proxy.accept();
  dial();
  client.write('x');
  await says('x');
});

test('the weather can break each connection that carries something', async () => {
  proxy.setWeather({ resetShare: 1 });
  client.write('x');
  await isClosed();
  expect(text()).toBe('');
});
