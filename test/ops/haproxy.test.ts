import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findProgram } from '../support/programs.js';
import { freePort } from '../support/redis-server.js';
import { ShippedHaproxy } from '../support/shipped-haproxy.js';

const HOSTS = ['127.0.1.1', '127.0.1.2'] as const;

/** RFC 6455, section 1.3. */
const WEB_SOCKET = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
const HANDSHAKE = [
  'GET /twilio/media/x HTTP/1.1',
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
].join('\r\n');

/** What a balancer sees of a gateway: whether it is ready, what it answers, and the sockets that it was upgraded to. */
interface FakeGateway {
  isReady: boolean;
  /** Of everything but `/health/ready`. */
  status: number;
  asked: number;
}

async function startFake(host: string, port: number): Promise<FakeGateway> {
  const gateway: FakeGateway = { isReady: true, status: 200, asked: 0 };
  const server = createServer((request, response) => {
    if (request.url === '/health/ready') return response.writeHead(gateway.isReady ? 200 : 503).end();
    gateway.asked += 1;
    const { host: name, 'x-forwarded-for': asker } = request.headers;
    return response.writeHead(gateway.status).end(JSON.stringify({ host, name, asker }));
  });
  server.on('upgrade', ({ headers }, socket) => {
    const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${WEB_SOCKET}`).digest('base64');
    socket.on('error', () => undefined).on('data', (data: Buffer) => socket.write(`${host} heard ${data}`));
    socket.write(`${SWITCHING}Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
  });
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return gateway;
}

async function setUp() {
  const port = await freePort();
  const [one, two] = [await startFake(HOSTS[0], port), await startFake(HOSTS[1], port)];
  const nobody = `127.0.0.1:${await freePort()}`;
  const addresses = {
    '127.0.0.1:3001': `${HOSTS[0]}:${port}`,
    '127.0.0.1:3002': `${HOSTS[1]}:${port}`,
    '127.0.0.1:3003': nobody,
    '127.0.0.1:3004': nobody,
  };
  const haproxy = await ShippedHaproxy.start({ file: 'machine.cfg', addresses });
  onTestFinished(() => haproxy.stop());
  const ask = (path = '/twilio/voice', init: RequestInit = { method: 'POST', body: 'CallSid=CA1' }) =>
    fetch(`http://127.0.0.1:${haproxy.port}${path}`, init);
  return { one, two, haproxy, ask };
}

/** What is asked from now on comes to this gateway alone. */
async function settlesOn(gateway: FakeGateway, other: FakeGateway, ask: () => Promise<Response>) {
  await expect
    .poll(async () => {
      const before = other.asked;
      for (let n = 0; n < 8; n++) await ask();
      return other.asked - before;
    })
    .toBe(0);
  expect(gateway.asked).toBeGreaterThan(0);
}

// In CI HAProxy is there: test/support/global-setup.ts refuses to begin without it.
describe.skipIf(findProgram(['haproxy']) === null)('HAProxy with the shipped files', () => {
  it('sends nothing to a gateway that is not ready, and calls again when it is', async () => {
    const { one, two, ask } = await setUp();
    one.isReady = false;
    await settlesOn(two, one, ask);
    one.isReady = true;
    await expect.poll(() => ask().then(() => one.asked)).toBeGreaterThan(one.asked);
  });

  it('asks a gateway all the same when none is ready', async () => {
    const { one, two, haproxy, ask } = await setUp();
    one.isReady = false;
    two.isReady = false;
    const down = () => new Set(haproxy.written.match(/gateways\/300\d is DOWN/g)).size;
    await expect.poll(down).toBe(4);
    expect((await ask()).status).toBe(200);
  });

  it('asks another gateway when one refuses a webhook or a stream with 503, but not for the API', async () => {
    const { one, two, ask } = await setUp();
    one.status = 503;
    for (let n = 0; n < 8; n++) expect((await ask()).status).toBe(200);
    expect(one.asked).toBeGreaterThan(0);
    two.status = 503;
    const before = one.asked + two.asked;
    expect((await ask('/api/appointments', { method: 'POST', body: '{}' })).status).toBe(503);
    expect(one.asked + two.asked - before).toBe(1);
  });

  it('listens on this machine alone, because it passes everything on in plain HTTP', async () => {
    const { haproxy } = await setUp();
    const elsewhere = connect(haproxy.port, '127.0.0.2');
    onTestFinished(() => void elsewhere.destroy());
    await expect(once(elsewhere, 'connect')).rejects.toThrow('ECONNREFUSED');
  }, 30_000);

  it('passes the host on, and names the asker where the proxy in front has not', async () => {
    const { ask } = await setUp();
    const headers = { host: 'voice.example.test' };
    expect(await (await ask('/api/shop', { headers })).json()).toMatchObject({ asker: '127.0.0.1' });
    const forwarded = await ask('/api/shop', { headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(await forwarded.json()).toMatchObject({ asker: '203.0.113.7' });
  });

  it('keeps a stream while its gateway is not ready any more, and through a reload', async () => {
    const { one, two, haproxy, ask } = await setUp();
    const stream = connect(haproxy.port, '127.0.0.1');
    onTestFinished(() => void stream.destroy());
    stream.write(`${HANDSHAKE}\r\n\r\n`);
    const heard: string[] = [];
    stream.setEncoding('utf8').on('data', (text: string) => heard.push(text));
    await expect.poll(() => heard.join('')).toContain('101');
    stream.write('first');
    await expect.poll(() => heard.join('')).toContain('heard first');
    const [, host] = /(127\.0\.1\.\d) heard/.exec(heard.join('')) ?? [];
    const [here, elsewhere] = host === HOSTS[0] ? [one, two] : [two, one];
    here.isReady = false;
    await settlesOn(elsewhere, here, ask);
    await haproxy.reload();
    stream.write('second');
    await expect.poll(() => heard.join('')).toContain(`${host} heard second`);
  });

  it('reads the file of the containers too', async () => {
    // The system knows the name, so that the start need not wait for a name server.
    const addresses = { 'gateway:3000': 'localhost:3000' };
    const haproxy = await ShippedHaproxy.start({ file: 'compose.cfg', addresses });
    onTestFinished(() => haproxy.stop());
    expect(haproxy.written).not.toContain('ALERT');
  });
});
