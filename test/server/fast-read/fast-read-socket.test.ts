import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { silentLogger } from '../../../src/core/logger.js';
import type { FastReadSocket } from '../../../src/server/fast-read/fast-read-socket.js';
import { fastReading } from '../../../src/server/fast-read/fast-reading.js';

const adopt = fastReading(true, silentLogger());
let server: Server;
let port: number;
/** The server's side of each connection, in the order in which they came. */
let accepted: FastReadSocket[];
let onAccepted: (socket: FastReadSocket) => void;

beforeEach(async () => {
  accepted = [];
  onAccepted = () => undefined;
  server = createServer();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
  server.on('upgrade', (request, socket, head) => {
    const taken = adopt(socket);
    if (!taken) throw new Error('This connection cannot be taken over.');
    sockets.handleUpgrade(request, taken.connection, Buffer.alloc(0), (webSocket) => {
      taken.open(webSocket);
      taken.on('error', () => undefined);
      accepted.push(taken);
      onAccepted(taken);
      taken.take(head);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});

afterEach(async () => {
  for (const socket of accepted) socket.terminate();
  if (server.listening) server.close();
});

async function dial(): Promise<{ client: WebSocket; ours: FastReadSocket }> {
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(client, 'open');
  const ours = accepted.at(-1);
  if (!ours) throw new Error('Nothing was accepted.');
  return { client, ours };
}

describe('a socket that is read fast', () => {
  it('brings messages in the order sent, whether they are read fast or by ws', async () => {
    const { client, ours } = await dial();
    const heard: string[] = [];
    ours.on('message', (data: Buffer, isBinary: boolean) =>
      heard.push(`${isBinary ? 'binary' : 'text'} ${String(data).slice(0, 20)}`),
    );
    client.send('one');
    client.ping();
    client.send('two');
    client.send('x'.repeat(20_000));
    client.send(Buffer.from('three'));
    client.send('four');
    client.close(1000);
    await once(ours, 'close');
    expect(heard).toEqual(['text one', 'text two', `text ${'x'.repeat(20)}`, 'binary three', 'text four']);
  });

  it.each([0, 1, 125, 126, 1148, 65_535, 65_536, 200_000])(
    'sends a message of %i bytes whole',
    async (size) => {
      const { client, ours } = await dial();
      const sent = 'abcdefgh'.repeat(Math.ceil(size / 8)).slice(0, size);
      ours.send(sent);
      const [data, isBinary]: unknown[] = await once(client, 'message');
      expect(String(data) === sent).toBe(true);
      expect(isBinary).toBe(false);
    },
  );

  it('keeps the order of what it writes itself and what ws writes', async () => {
    const { client, ours } = await dial();
    const came: string[] = [];
    client.on('message', (data) => came.push(String(data)));
    client.on('ping', () => came.push('ping'));
    ours.send('a');
    ours.ping();
    ours.send('b');
    ours.close(1000, 'done');
    const [code]: unknown[] = await once(client, 'close');
    expect(came).toEqual(['a', 'ping', 'b']);
    expect(code).toBe(1000);
  });

  /** A client that writes what no library would, after a handshake; and what came behind the answer to that. */
  async function dialRaw(): Promise<{ raw: Socket; ours: FastReadSocket; framesCame: () => number[] }> {
    const raw = connect(port, '127.0.0.1');
    const came: Buffer[] = [];
    raw.on('data', (chunk) => came.push(chunk)).on('error', () => undefined);
    raw.write(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const isAnswered = () => Buffer.concat(came).includes('\r\n\r\n');
    await expect.poll(isAnswered).toBe(true);
    const ours = accepted.at(-1);
    if (!ours) throw new Error('Nothing was accepted.');
    const bytes = () => Buffer.concat(came);
    return { raw, ours, framesCame: () => opcodesIn(bytes().subarray(bytes().indexOf('\r\n\r\n') + 4)) };
  }

  function opcodesIn(bytes: Buffer): number[] {
    const opcodes: number[] = [];
    for (let at = 0; at + 1 < bytes.length; ) {
      opcodes.push((bytes[at] ?? 0) & 0x0f);
      const size = (bytes[at + 1] ?? 0) & 0x7f;
      at += size === 126 ? 4 + bytes.readUInt16BE(at + 2) : 2 + size;
    }
    return opcodes;
  }

  const masked = (first: number, payload = '') =>
    Buffer.concat([Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0]), Buffer.from(payload)]);
  const nothing = Buffer.alloc(0);
  const closeTwice = (ours: FastReadSocket) => {
    ours.close(1001, 'superseded');
    ours.close(1000, 'done');
  };
  it.each<[string, Buffer, (ours: FastReadSocket) => void]>([
    ['our close', nothing, (ours) => ours.close(1000, 'done')],
    ['our close, twice', nothing, closeTwice],
    ['the close of the peer', masked(0x88, '\x03\xe8'), () => undefined],
    ['a close without a code', masked(0x88), () => undefined],
    ['text behind a close', Buffer.concat([masked(0x88), masked(0x81, 'late')]), () => undefined],
    ['an unmasked frame', Buffer.from([0x81, 0x01, 0x61]), () => undefined],
    ['reserved bits', masked(0xf1, 'a'), () => undefined],
    ['an opcode that is none', masked(0x85, 'a'), () => undefined],
    ['text that is no UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]), () => undefined],
    [
      'a length of a terabyte',
      Buffer.from([0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      () => undefined,
    ],
    ['a fragmented ping', masked(0x09, 'a'), () => undefined],
    ['a continuation of nothing', masked(0x80, 'a'), () => undefined],
    ['a ping and a close in one', Buffer.concat([masked(0x89, 'a'), masked(0x88)]), () => undefined],
  ])('writes nothing behind a close frame: %s', async (_what, sent, act) => {
    const { raw, ours, framesCame } = await dialRaw();
    const ended = once(raw, 'close');
    const speaking = setInterval(() => {
      ours.send('more');
      ours.ping();
    }, 1);
    onTestFinished(() => clearInterval(speaking));
    await expect.poll(() => framesCame().length).toBeGreaterThan(4);
    raw.write(sent);
    act(ours);
    // As an agent whose words were under way.
    for (let n = 0; n < 50; n++) ours.send('words');
    await expect.poll(() => framesCame().includes(8)).toBe(true);
    for (let n = 0; n < 50; n++) ours.send('words');
    ours.ping();
    raw.end(masked(0x88));
    await ended;
    const frames = framesCame();
    expect([frames.indexOf(8), frames.at(-1)]).toEqual([frames.length - 1, 8]);
  });

  describe('that may read later', () => {
    /** What it reads, with the time since then (ms). */
    async function paused(ms: number) {
      const { client, ours } = await dial();
      const began = performance.now();
      const heard: { text: string; afterMs: number }[] = [];
      ours.on('message', (data: Buffer) =>
        heard.push({ text: String(data), afterMs: performance.now() - began }),
      );
      ours.readLater(ms);
      return { client, ours, heard };
    }

    it('reads what came meanwhile together, in order, and then all as it comes', async () => {
      const { client, heard } = await paused(100);
      for (const text of ['one', 'two', 'three']) client.send(text);
      await expect.poll(() => heard.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
      expect(heard[0]?.afterMs).toBeGreaterThanOrEqual(100);
      client.send('four');
      await expect.poll(() => heard.length).toBe(4);
    });

    it('leaves out one pause of eight, so that it is known when what is waited for comes', async () => {
      const { client, ours, heard } = await paused(20);
      const read = async (text: string) => {
        client.send(text);
        await expect.poll(() => heard.at(-1)?.text).toBe(text);
      };
      for (let n = 1; n < 8; n++) {
        await read(`after pause ${n}`);
        ours.readLater(n === 7 ? 60_000 : 20);
      }
      await read('at once');
    });

    it('reads at once when something is sent', async () => {
      const { client, ours, heard } = await paused(60_000);
      client.send('one');
      ours.send('a');
      await expect.poll(() => heard.length).toBe(1);
    });

    it('pauses once, however often it is told to', async () => {
      const { client, ours, heard } = await paused(50);
      ours.readLater(60_000);
      client.send('one');
      await expect.poll(() => heard.length).toBe(1);
    });

    it('hears of a peer that is gone when the time is over', async () => {
      const { client, ours } = await paused(50);
      const ended = once(ours, 'close');
      client.terminate();
      await ended;
    });

    it('may be ended meanwhile', async () => {
      const { ours } = await paused(20);
      const ended = once(ours, 'close');
      ours.terminate();
      await ended;
      ours.readLater(20);
      // The pause of another ends after its own would have.
      const { client, heard } = await paused(30);
      client.send('one');
      await expect.poll(() => heard.length).toBe(1);
      expect(ours.connection.destroyed).toBe(true);
    });
  });

  it('reads many connections into one piece of memory without mixing them up', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => dial()));
    const heard = accepted.map((socket) => {
      const texts: string[] = [];
      socket.on('message', (data: Buffer) => texts.push(String(data)));
      return texts;
    });
    for (let n = 0; n < 50; n++) for (const [i, { client }] of all.entries()) client.send(`${i} says ${n}`);
    await expect.poll(() => heard.flat().length).toBe(1000);
    for (const texts of heard) {
      const who = texts[0]?.split(' ')[0];
      expect(texts).toEqual(Array.from({ length: 50 }, (_, n) => `${who} says ${n}`));
    }
  });

  it('tells how much is unsent of a peer that does not read', async () => {
    const { client, ours } = await dial();
    client.pause();
    expect(ours.bufferedAmount).toBe(0);
    for (let n = 0; n < 200; n++) ours.send('x'.repeat(65_000));
    expect(ours.bufferedAmount).toBeGreaterThan(1024 * 1024);
  });

  it('is counted by its server until it is closed', async () => {
    const { ours } = await dial();
    let closed = false;
    server.close(() => {
      closed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    ours.terminate();
    await expect.poll(() => closed).toBe(true);
  });

  it('hears of a peer that is gone, in mid-frame as well', async () => {
    const { client, ours } = await dial();
    const ended = once(ours, 'close');
    Reflect.get(client, '_socket').write(Buffer.from([0x81, 0xff]));
    Reflect.get(client, '_socket').end();
    const [code]: unknown[] = await ended;
    expect(code).toBe(1006);
  });

  it('has its bytes overwritten in these tests as soon as a message has been handled', async () => {
    const { client, ours } = await dial();
    const kept: Buffer[] = [];
    ours.on('message', (data: Buffer) => kept.push(data));
    client.send('a view of this');
    await expect.poll(() => kept.length).toBe(1);
    expect(kept[0]).toEqual(Buffer.alloc(14, 0xaa));
  });
});
