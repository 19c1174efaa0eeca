import { decode, FRAME_BYTES, PEAK } from '../audio/mulaw.js';
import { encode } from '../audio/mulaw-buffer.js';

const SEED = 0x2545f491;

/**
 * Noise in place of a voice: as long and, in each 20 ms, as loud (RMS) as what it replaces, and nothing else of it. The same
 * audio in the same order gives the same noise. Mu-law for mu-law.
 */
export function voiceNoise(): (audio: Buffer) => Buffer {
  let state = SEED;
  // Xorshift, 32 bits; -1 to 1.
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
  return (audio) => {
    const samples = decode(audio);
    for (let from = 0; from < samples.length; from += FRAME_BYTES) {
      replace(samples.subarray(from, from + FRAME_BYTES), next);
    }
    return encode(samples);
  };
}

function replace(frame: Int16Array, next: () => number): void {
  const noise = Float64Array.from(frame, next);
  const gain = rms(frame) / (rms(noise) || 1);
  for (let i = 0; i < frame.length; i++) {
    frame[i] = Math.round(Math.max(-PEAK, Math.min(PEAK, gain * (noise[i] ?? 0))));
  }
}

function rms(samples: ArrayLike<number>): number {
  let power = 0;
  for (let i = 0; i < samples.length; i++) power += (samples[i] ?? 0) ** 2;
  return Math.sqrt(power / Math.max(1, samples.length));
}
