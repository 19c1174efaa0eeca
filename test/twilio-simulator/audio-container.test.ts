import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeWav } from '../../packages/twilio-simulator/src/audio/wav.js';
import { containerOf, isMp3 } from '../../packages/twilio-simulator/src/audio-container.js';
import { encode } from '../../src/audio/mulaw-buffer.js';
import { readWav } from '../../src/audio/wav.js';

const FOLDER = new URL('../../fixtures/audio/', import.meta.url);
const CLIPS = readdirSync(FOLDER).filter((name) => name.endsWith('.wav'));

/** Frames of MPEG layer III: 32 kbit/s at 8000 Hz is 288 bytes a frame. */
function mp3(frames: number, frameBytes = 288): Buffer {
  const header = Buffer.from([0xff, 0xe3, 0x48, 0xc0]);
  return Buffer.concat(
    Array.from({ length: frames }, () => Buffer.concat([header, Buffer.alloc(frameBytes - 4, 0x55)])),
  );
}

describe('containerOf', () => {
  it.each([
    [writeWav({ sampleRate: 8000, channels: [new Int16Array(8)] }), 'WAV (RIFF)'],
    [Buffer.from('OggS\0\u0002'), 'Ogg'],
    [Buffer.from('ID3\u0004\0'), 'MP3 (ID3)'],
    [Buffer.from('fLaC'), 'FLAC'],
    [Buffer.from('.snd\0\0\0\u0018'), 'AU'],
    [Buffer.from('\0\0\0\u0018ftypM4A '), 'MP4'],
  ])('knows a file by its beginning', (audio, name) => {
    expect(containerOf(audio)).toBe(name);
  });

  it('takes short audio, and silence, for what it is', () => {
    expect(containerOf(Buffer.alloc(0))).toBeNull();
    expect(containerOf(Buffer.alloc(160, 0xff))).toBeNull();
  });
});

describe('isMp3', () => {
  it('follows three frames by the lengths that their headers give', () => {
    expect(isMp3(mp3(3))).toBe(true);
    expect(isMp3(mp3(2))).toBe(false);
    expect(isMp3(mp3(3, 300))).toBe(false);
  });

  it.each(CLIPS)('takes no place of %s for one', (name) => {
    const audio = encode(readWav(readFileSync(new URL(name, FOLDER))).channels[0] ?? new Int16Array(0));
    const places = Array.from({ length: audio.length }, (_, at) => at).filter(
      (at) => isMp3(audio.subarray(at)) || containerOf(audio.subarray(at)) !== null,
    );
    expect(places).toEqual([]);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => void isMp3(Buffer.from(bytes))));
  });
});
