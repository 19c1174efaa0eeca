import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, PEAK, SILENCE } from '../../src/audio/mulaw.js';
import { encode, padToFrames } from '../../src/audio/mulaw-buffer.js';

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const everySample = Int16Array.from({ length: 65536 }, (_, index) => index - 32768);

describe('mu-law', () => {
  it('decodes the anchor points of G.711', () => {
    const anchors = Uint8Array.of(0x00, 0x80, 0x7f, 0xff, 0x0f, 0x8f, 0xf0, 0xce);
    expect([...decode(anchors)]).toEqual([-PEAK, PEAK, 0, 0, -16764, 16764, 120, 988]);
  });

  it('gives every byte back after decoding and encoding, the two zeros as one', () => {
    const back = encode(decode(everyByte));
    expect([...back]).toEqual([...everyByte].map((byte) => (byte === 0x7f ? SILENCE : byte)));
  });

  it('encodes every sample to the nearest level, up to half a step', () => {
    const back = decode(encode(everySample));
    everySample.forEach((sample, i) => {
      const level = back[i] ?? Number.NaN;
      const clipped = Math.max(-PEAK, Math.min(PEAK, sample));
      const segment = 24 - Math.clz32(Math.min(Math.abs(clipped) + 132, 32767));
      const halfStep = 4 << segment;
      if (!(Math.abs(level - clipped) <= halfStep)) expect.fail(`${sample} became ${level}`);
    });
  });

  it('keeps the order of loudness', () => {
    const back = decode(encode(everySample));
    expect(back.every((level, i) => i === 0 || level >= (back[i - 1] ?? 0))).toBe(true);
  });

  it('is odd: a sample and its negative differ in sign alone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32767 }), (sample) => {
        const [up = 0, down = 0] = decode(encode(Int16Array.of(sample, -sample)));
        expect(up).toBe(-down || 0);
      }),
    );
  });

  it('changes no sample that has been mu-law once', () => {
    fc.assert(
      fc.property(fc.int16Array({ maxLength: 400 }), (samples) => {
        const once = decode(encode(samples));
        expect(decode(encode(once))).toEqual(once);
      }),
    );
  });

  it('pads to whole frames with silence and leaves whole frames alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        const audio = Buffer.from(bytes);
        const padded = padToFrames(audio);
        expect(padded.length % 160).toBe(0);
        expect(padded.length - audio.length).toBeLessThan(160);
        expect(padded.subarray(0, audio.length).equals(audio)).toBe(true);
        expect(padded.subarray(audio.length).every((byte) => byte === SILENCE)).toBe(true);
        if (audio.length % 160 === 0) expect(padded).toBe(audio);
      }),
    );
  });
});
