import { decode, FRAME_BYTES, PEAK } from '../audio/mulaw.js';
import { encode } from '../audio/mulaw-buffer.js';

const SEED = 0x2545f491;

/**
 * Noise in place of a voice: as long and, in each 20 ms, as loud (RMS) as what it replaces, and nothing else of it. The same
 * audio in the same order gives the same noise.
 */
export class VoiceNoise {
  #state = SEED;

  /** Mu-law for mu-law of the same length. */
  replace(audio: Buffer): Buffer {
    const samples = decode(audio);
    for (let from = 0; from < samples.length; from += FRAME_BYTES) {
      this.#fill(samples.subarray(from, from + FRAME_BYTES));
    }
    return encode(samples);
  }

  #fill(frame: Int16Array): void {
    const loudness = rms(frame);
    const noise = Float64Array.from(frame, () => this.#next());
    const gain = loudness / (rms(noise) || 1);
    for (let i = 0; i < frame.length; i++) {
      frame[i] = Math.round(Math.max(-PEAK, Math.min(PEAK, gain * (noise[i] ?? 0))));
    }
  }

  // Xorshift, 32 bits; -1 to 1.
  #next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state / 2 ** 31;
  }
}

function rms(samples: ArrayLike<number>): number {
  let power = 0;
  for (let i = 0; i < samples.length; i++) power += (samples[i] ?? 0) ** 2;
  return Math.sqrt(power / Math.max(1, samples.length));
}
