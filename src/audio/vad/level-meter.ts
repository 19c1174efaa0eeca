import { MULAW_LEVELS, SILENCE } from '../mulaw.js';

// Second order Butterworth high-pass at 200 Hz for 8 kHz: mains hum and handling noise are no loudness.
const B0 = 0.894858606;
const A1 = -1.778631778;
const A2 = 0.800802647;
/** Nothing is softer: digital silence, in dBFS. */
export const SILENT_DBFS = -96;
const SILENT_POWER = 10 ** (SILENT_DBFS / 10);

/** The loudness of one stream, frame by frame. Keeps the filter's state from frame to frame. */
export class LevelMeter {
  #s1 = 0;
  #s2 = 0;

  /**
   * The level in dBFS of `audio` (mu-law) from one index to another, after a 200 Hz high-pass; -96 when it is silent.
   * With `into`, the filtered samples (full scale is 1) are left there from index `at`.
   */
  measure(audio: Uint8Array, from: number, to: number, into?: Float64Array, at = 0): number {
    let s1 = this.#s1;
    let s2 = this.#s2;
    let power = 0;
    for (let i = from; i < to; i++) {
      const sample = (MULAW_LEVELS[audio[i] ?? SILENCE] ?? 0) * B0;
      const filtered = sample + s1;
      s1 = s2 - 2 * sample - A1 * filtered;
      s2 = sample - A2 * filtered;
      power += filtered * filtered;
      if (into) into[at + i - from] = filtered;
    }
    // Denormal numbers would slow the filter down through every silence.
    this.#s1 = Math.abs(s1) < 1e-12 ? 0 : s1;
    this.#s2 = Math.abs(s2) < 1e-12 ? 0 : s2;
    return 10 * Math.log10(Math.max(SILENT_POWER, power / Math.max(1, to - from)));
  }
}
