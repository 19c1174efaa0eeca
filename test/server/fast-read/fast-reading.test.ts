import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FastReadSocket } from '../../../src/server/fast-read/fast-read-socket.js';
import { fastReading } from '../../../src/server/fast-read/fast-reading.js';
import { logSink } from '../../support/log-sink.js';

/** The server's side of a TCP connection. */
async function connection(): Promise<Socket> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const accepted = once(server, 'connection');
  const client = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
  client.on('error', () => undefined);
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  const [socket] = await accepted;
  return socket;
}

describe('fast reading', () => {
  it.each(['20.19.0', '22.1.0', '24.0.0', process.versions.node])(
    'takes a connection over on Node %s and says nothing of it',
    async (node) => {
      const { logger, lines } = logSink();
      const taken = fastReading(true, logger, node)(await connection());
      expect(taken).toBeInstanceOf(FastReadSocket);
      taken?.connection.destroy();
      expect(lines()).toEqual([]);
    },
  );

  it.each(['18.20.0', '21.0.0', '26.10.0', '200.0.0', ''])(
    'is left to plain ws on Node %s, which one log line says',
    async (node) => {
      const { logger, lines } = logSink();
      const adopt = fastReading(true, logger, node);
      expect([adopt(await connection()), adopt(await connection())]).toEqual([null, null]);
      expect(lines()).toMatchObject([{ level: 'warn', node, tested: [20, 22, 24] }]);
    },
  );

  it('is left to plain ws when it is switched off, without a word', async () => {
    const { logger, lines } = logSink();
    expect(fastReading(false, logger)(await connection())).toBe(null);
    expect(lines()).toEqual([]);
  });

  it('leaves what is no plain TCP connection, and one that is closed, as it is', async () => {
    const adopt = fastReading(true, logSink().logger);
    const [encrypted, closed] = [new TLSSocket(await connection()), await connection()];
    encrypted.on('error', () => undefined);
    closed.destroy();
    await once(closed, 'close');
    expect([adopt(new PassThrough()), adopt(encrypted), adopt(closed)]).toEqual([null, null, null]);
    encrypted.destroy();
  });

  it('leaves a connection to ws when Node keeps something else in it', async () => {
    const socket = await connection();
    const handle: unknown = Reflect.get(socket, '_handle');
    for (const other of [{}, { reading: true }, 'a handle', undefined]) {
      Reflect.set(socket, '_handle', other);
      expect(fastReading(true, logSink().logger)(socket)).toBe(null);
      expect(Reflect.get(socket, '_handle')).toBe(other);
    }
    Reflect.set(socket, '_handle', handle);
  });
});
