import { describe, expect, it } from 'vitest';
import { decode, FRAME_BYTES, SILENCE } from '../../src/audio/mulaw.js';
import { voiceNoise } from '../../src/recordings/voice-noise.js';
import { framesOf } from '../support/speech-clips.js';

const frames = await framesOf('sp_a_male_command.wav');

function loudness(frame: Uint8Array): number {
  const samples = decode(frame);
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);
}

/** 1: the same course of the wave; near 0: nothing of it. */
function likeness(a: Uint8Array, b: Uint8Array): number {
  const [left, right] = [decode(a), decode(b)];
  const product = left.reduce((sum, sample, i) => sum + sample * (right[i] ?? 0), 0);
  return product / (loudness(a) * loudness(b) * left.length);
}

describe('noise in place of a voice', () => {
  it('is as loud as the voice in each 20 ms, within 5 %, and as long', () => {
    const noise = voiceNoise();
    for (const frame of frames) {
      const replaced = noise(frame);
      expect(replaced).toHaveLength(FRAME_BYTES);
      // One step of mu-law near silence is 8.
      expect(Math.abs(loudness(replaced) - loudness(frame))).toBeLessThan(8 + 0.05 * loudness(frame));
    }
  });

  it('has nothing of the wave in it', () => {
    const voice = Buffer.concat(frames);
    expect(Math.abs(likeness(voice, voiceNoise()(voice)))).toBeLessThan(0.05);
  });

  it('follows the loudness within a longer message, and is the same whatever the cut', () => {
    const voice = Buffer.concat(frames.slice(0, 10));
    const whole = voiceNoise()(voice);
    const single = voiceNoise();
    expect(Buffer.concat(frames.slice(0, 10).map((frame) => single(frame)))).toEqual(whole);
  });

  it('leaves silence silent and takes a piece of any length', () => {
    const noise = voiceNoise();
    expect(noise(Buffer.alloc(200, SILENCE))).toEqual(Buffer.alloc(200, SILENCE));
    expect(noise(Buffer.alloc(0))).toHaveLength(0);
    expect(noise(Buffer.alloc(7, 0x20))).toHaveLength(7);
  });
});
