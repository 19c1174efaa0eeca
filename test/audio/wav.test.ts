import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeWav } from '../../packages/twilio-simulator/src/audio/wav.js';
import { readWav } from '../../src/audio/wav.js';

const tone = Int16Array.of(0, 1, -1, 32767, -32768);

describe('WAV files', () => {
  it('gives back what was written, for one and several channels', () => {
    const channels = fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 200 }))
      .chain(([count, length]) =>
        fc.array(fc.int16Array({ minLength: length, maxLength: length }), {
          minLength: count,
          maxLength: count,
        }),
      );
    fc.assert(
      fc.property(channels, fc.constantFrom(8000, 16000, 44100), (written, sampleRate) => {
        const read = readWav(writeWav({ sampleRate, channels: written }));
        expect(read.sampleRate).toBe(sampleRate);
        expect(read.channels.map((channel) => [...channel])).toEqual(written.map((channel) => [...channel]));
      }),
    );
  });

  it('lengthens the shorter side of a call with silence', () => {
    const { channels } = readWav(writeWav({ sampleRate: 8000, channels: [tone, tone.subarray(0, 2)] }));
    expect([...(channels[1] ?? [])]).toEqual([0, 1, 0, 0, 0]);
  });

  it('skips chunks that it does not know, odd ones with their padding byte', () => {
    const plain = writeWav({ sampleRate: 8000, channels: [tone] });
    const note = Buffer.from('LIST\x03\x00\x00\x00abc\x00', 'latin1');
    const { channels } = readWav(Buffer.concat([plain.subarray(0, 36), note, plain.subarray(36)]));
    expect([...(channels[0] ?? [])]).toEqual([...tone]);
  });

  it('reads a file that was cut off as far as it goes', () => {
    const file = writeWav({ sampleRate: 8000, channels: [tone] });
    expect([...(readWav(file.subarray(0, -3)).channels[0] ?? [])]).toEqual([0, 1, -1]);
  });

  it('reads a view into a larger buffer', () => {
    const file = writeWav({ sampleRate: 8000, channels: [tone] });
    const within = new Uint8Array(file.length + 7);
    within.set(file, 7);
    expect([...(readWav(within.subarray(7)).channels[0] ?? [])]).toEqual([...tone]);
  });

  it('says what is wrong with a file that it cannot read', () => {
    const eightBit = writeWav({ sampleRate: 8000, channels: [tone] });
    eightBit.writeUInt16LE(8, 34);
    expect(() => readWav(eightBit)).toThrow('8 bits; convert it to 16-bit PCM');
    expect(() => readWav(Buffer.from('OggS and so on'))).toThrow('no WAV file');
    expect(() => readWav(Buffer.from('RIFF\0\0\0\0WAVE'))).toThrow('no "fmt" chunk');
    expect(() => readWav(eightBit.subarray(0, 30))).toThrow('cut off');
  });

  it('throws nothing but a RangeError, whatever the bytes', () => {
    const file = writeWav({ sampleRate: 8000, channels: [tone, tone] });
    const damaged = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 12 });
    fc.assert(
      fc.property(damaged, fc.nat(file.length), (changes, length) => {
        const bytes = Buffer.from(file);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          readWav(bytes.subarray(0, length));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
