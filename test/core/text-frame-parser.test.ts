import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARRIVED, TextFrameParser } from '../../src/core/text-frame-parser.js';
import { runs } from '../support/property-runs.js';

/** What `ws` reads frames with; it is exported, and its types are not. */
interface Receiver {
  write(bytes: Buffer): void;
  on(event: string, listener: (...what: unknown[]) => void): void;
}
const { Receiver: WsReceiver }: { Receiver: new (options: object) => Receiver } = createRequire(
  import.meta.url,
)('ws');

interface Frame {
  readonly first: number;
  readonly payload: Buffer;
  readonly mask: Buffer | null;
}

const MASK = Buffer.from([1, 2, 3, 254]);
const TEXT = 0x81;

/** RFC 6455, 5.2. */
function encode({ first, payload, mask }: Frame): Buffer {
  const size = payload.length;
  const long = Buffer.alloc(size < 126 ? 0 : size < 0x10000 ? 2 : 8);
  if (long.length === 2) long.writeUInt16BE(size);
  if (long.length === 8) long.writeBigUInt64BE(BigInt(size));
  const length = long.length === 0 ? size : long.length === 2 ? 126 : 127;
  const masked = mask ? payload.map((byte, n) => byte ^ (mask[n % 4] ?? 0)) : payload;
  return Buffer.concat([
    Buffer.from([first, length | (mask ? 0x80 : 0)]),
    long,
    mask ?? Buffer.alloc(0),
    masked,
  ]);
}

const text = (payload: string | Buffer): Buffer =>
  encode({ first: TEXT, payload: Buffer.from(payload), mask: MASK });

/** What a `ws` receiver tells of what it is given. */
function receiver(told: string[]): Receiver {
  const made = new WsReceiver({ isServer: true, maxPayload: 64 * 1024, maxFragments: 64 });
  const tell =
    (what: string) =>
    (...args: unknown[]) =>
      told.push(`${what} ${args.map((arg) => (Buffer.isBuffer(arg) ? arg.toString('hex') : String(arg)))}`);
  for (const event of ['message', 'ping', 'pong', 'conclude', 'error']) made.on(event, tell(event));
  return made;
}

/** What comes out of a parser with a `ws` receiver behind it; `passed`: the bytes that the parser left to that. */
function throughParser(chunks: readonly Buffer[]): { told: string[]; taken: string[]; passed: Buffer } {
  const told: string[] = [];
  const taken: string[] = [];
  const passed: Buffer[] = [];
  const behind = receiver(told);
  const parser = new TextFrameParser({
    isMasked: true,
    maxText: 16 * 1024,
    onText: (bytes) => {
      taken.push(String(bytes));
      told.push(`message ${bytes.toString('hex')},false`);
    },
    onOther: (bytes) => {
      passed.push(Buffer.from(bytes));
      behind.write(bytes);
    },
  });
  // As the socket reads: each time into the same memory.
  for (const chunk of chunks) {
    chunk.copy(ARRIVED);
    parser.take(ARRIVED, chunk.length);
  }
  return { told, taken, passed: Buffer.concat(passed) };
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let n = 0; at < bytes.length; n++) {
    const size = Math.min(sizes[n % sizes.length] ?? 1, 60_000);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const payloads = fc.oneof(
  fc.string({ maxLength: 500 }).map((ascii) => Buffer.from(ascii)),
  fc.string({ unit: 'grapheme', maxLength: 100 }).map((unicode) => Buffer.from(unicode)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.nat({ max: 70_000 }).map((size) => Buffer.alloc(size, 0x61)),
);
const firsts = fc.oneof(
  { weight: 8, arbitrary: fc.constant(TEXT) },
  { weight: 2, arbitrary: fc.constantFrom(0x89, 0x8a) },
  { weight: 1, arbitrary: fc.nat({ max: 255 }) },
);
const masks = fc.oneof(
  { weight: 9, arbitrary: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((mask) => Buffer.from(mask)) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const frames = fc.array(fc.record({ first: firsts, payload: payloads, mask: masks }), { maxLength: 8 });
const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });

describe('the parser of text frames', () => {
  it('tells the same as ws alone, whatever comes and however it is cut', () => {
    fc.assert(
      fc.property(frames, sizes, (some, chunkSizes) => {
        const bytes = Buffer.concat(some.map(encode));
        const alone: string[] = [];
        receiver(alone).write(Buffer.from(bytes));
        expect(throughParser(cut(bytes, chunkSizes)).told).toEqual(alone);
      }),
      { numRuns: runs(500) },
    );
  });

  it('takes text, in one piece, in several and several in one', () => {
    const three = Buffer.concat([text('one'), text('x'.repeat(400)), text('Grüße')]);
    for (const sizeOfChunk of [7, 11, 53, 407, 10_000]) {
      const { taken, passed } = throughParser(cut(three, [sizeOfChunk]));
      expect(taken).toEqual(['one', 'x'.repeat(400), 'Grüße']);
      expect(passed.length).toBe(0);
    }
  });

  it('leaves pings to ws and goes on behind them', () => {
    const ping = encode({ first: 0x89, payload: Buffer.from('are you there'), mask: MASK });
    const { taken, passed } = throughParser([Buffer.concat([text('a'), ping, text('b')])]);
    expect(taken).toEqual(['a', 'b']);
    expect(passed).toEqual(ping);
  });

  it.each([
    [64, true],
    [65, false],
    [66, false],
    [400, false],
  ])('reads a frame in %i pieces: %s; what comes in more is for ws, as it came', (pieces, isRead) => {
    const [before, frame, behind] = [text('before it'), text('x'.repeat(400)), text('behind it')];
    const size = Math.ceil(frame.length / pieces);
    const chunks = cut(frame, [size]);
    // The last pieces are as many as are wanted in all.
    while (chunks.length < pieces) {
      const at = chunks.findIndex((chunk) => chunk.length > 1);
      const chunk = chunks[at] ?? Buffer.alloc(0);
      chunks.splice(at, 1, chunk.subarray(0, 1), chunk.subarray(1));
    }
    expect(chunks).toHaveLength(pieces);
    const { taken, passed } = throughParser([before, ...chunks, behind]);
    const all = ['before it', 'x'.repeat(400), 'behind it'];
    expect(taken).toEqual(isRead ? all : all.slice(0, 1));
    expect(passed).toEqual(isRead ? Buffer.alloc(0) : Buffer.concat([frame, behind]));
  });

  it('counts the pieces of each frame anew, and those of a ping too', () => {
    const frame = text('x'.repeat(100));
    const ping = encode({ first: 0x89, payload: Buffer.from('y'.repeat(60)), mask: MASK });
    const five = Array.from({ length: 5 }, () => frame);
    const chunks = cut(Buffer.concat([...five, ping, frame]), [2]);
    const { taken, passed } = throughParser(chunks);
    expect([taken.length, passed]).toEqual([6, ping]);
    expect(throughParser([...cut(ping, [1]), frame]).taken).toEqual([]);
  });

  it.each([
    ['a close', encode({ first: 0x88, payload: Buffer.from([3, 232]), mask: MASK })],
    ['a fragment', encode({ first: 0x01, payload: Buffer.from('half'), mask: MASK })],
    ['a binary message', encode({ first: 0x82, payload: Buffer.from('1'), mask: MASK })],
    ['an unmasked frame', encode({ first: TEXT, payload: Buffer.from('1'), mask: null })],
    ['a frame that is too long', text('x'.repeat(17_000))],
    ['what is no UTF-8', text(Buffer.from([0x7b, 0xff, 0xfe]))],
    ['a reserved bit', encode({ first: 0xc1, payload: Buffer.from('1'), mask: MASK })],
  ])('leaves everything from %s on to ws, as it came', (_what, foreign) => {
    const rest = Buffer.concat([foreign, text('behind it')]);
    const { taken, passed } = throughParser(cut(Buffer.concat([text('before it'), rest]), [9]));
    expect(taken).toEqual(['before it']);
    expect(passed).toEqual(rest);
  });

  it('keeps nothing of the memory that is read into', () => {
    const kept: Buffer[] = [];
    const parser = new TextFrameParser({
      isMasked: true,
      maxText: 16 * 1024,
      onText: () => undefined,
      onOther: (bytes) => kept.push(bytes),
    });
    const arrived = encode({ first: 0x89, payload: Buffer.from('kept'), mask: null });
    const asItCame = Buffer.from(arrived);
    parser.take(arrived, arrived.length);
    arrived.fill(0);
    expect(Buffer.concat(kept)).toEqual(asItCame);
  });
});
