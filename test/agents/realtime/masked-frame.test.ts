import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { maskedFrame } from '../../../src/agents/realtime/masked-frame.js';
import { runs } from '../../support/property-runs.js';
import { arrived } from '../../support/simulated-call.js';

const ascii = (length: number) => 'input_audio'.repeat(Math.ceil(length / 11)).slice(0, length);

/** A server, a connection on which its handshake is over, and what the server reads of it. */
async function servedSocket() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
  const read: string[] = [];
  const faults: Error[] = [];
  server.on('connection', (each) => {
    each.on('message', (data) => read.push(String(data)));
    each.on('error', (error) => faults.push(error));
  });
  socket.write(
    'GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  await once(socket, 'data');
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  return { socket, read, faults };
}

describe('a frame that is masked here', () => {
  test('is read by ws as the text that was written', async () => {
    const { socket, read, faults } = await servedSocket();
    const texts = [126, 127, 128, 129, 0xffff].map(ascii);
    for (const text of texts) socket.write(maskedFrame(text) ?? '');
    await arrived(() => expect(read).toEqual(texts));
    expect(faults).toEqual([]);
  });

  test('gives every text back when its mask is applied again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 126, max: 3000 }), (length) => {
        const frame = maskedFrame(ascii(length));
        const text = frame?.subarray(8).map((byte, n) => byte ^ (frame[4 + (n % 4)] ?? 0));
        expect(String(text)).toBe(ascii(length));
      }),
      { numRuns: runs(200) },
    );
  });

  test('has another mask each time, also when those that were made are used up', () => {
    const seen = new Set<number>();
    const count = 5000;
    for (let n = 0; n < count; n++) seen.add(maskedFrame(ascii(126))?.readUInt32BE(4) ?? 0);
    // By chance a few of so many numbers of 32 bits may be alike.
    expect(seen.size).toBeGreaterThan(count - 20);
  });

  test('is left to ws where its head would be another', () => {
    expect(maskedFrame(ascii(125))).toBeNull();
    expect(maskedFrame(ascii(0x10000))).toBeNull();
  });
});
