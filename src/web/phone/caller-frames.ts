import { FRAME_BYTES, MULAW_BYTES, SAMPLE_RATE, SILENCE } from '../../audio/mulaw.js';
import { Resampler } from './resampler.js';

const FULL_SCALE = 32767;

/**
 * Cuts what the microphone hears into the frames that Twilio sends: 160 bytes of mu-law, 20 ms. The audio clock is the
 * only clock: a frame is whole when its samples have been heard.
 */
export class CallerFrames {
  readonly #resampler: Resampler;
  readonly #onFrame: (frame: Uint8Array<ArrayBuffer>) => void;
  #frame = new Uint8Array(FRAME_BYTES);
  #filled = 0;

  /** `rateHz`: of the sound device. Each frame is a new array, which may be handed on. */
  constructor(rateHz: number, onFrame: (frame: Uint8Array<ArrayBuffer>) => void) {
    this.#resampler = new Resampler(rateHz, SAMPLE_RATE);
    this.#onFrame = onFrame;
  }

  /** `count` samples of the device have passed; null: there is no microphone, or it is muted, which is silence. */
  push(samples: Float32Array | null, count: number): void {
    for (let i = 0; i < count; i++) {
      this.#resampler.push(samples?.[i] ?? 0);
      while (this.#resampler.needed === 0) this.#add(this.#resampler.pull());
    }
  }

  #add(level: number): void {
    const clipped = Math.max(-1, Math.min(1, level));
    this.#frame[this.#filled++] = MULAW_BYTES[Math.round(clipped * FULL_SCALE) & 0xffff] ?? SILENCE;
    if (this.#filled < FRAME_BYTES) return;
    this.#onFrame(this.#frame);
    this.#frame = new Uint8Array(FRAME_BYTES);
    this.#filled = 0;
  }
}
