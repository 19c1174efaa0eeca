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
   * With `into`, the filtered samples (full scale is 1) are left there.
   */
  measure(audio: Uint8Array, from: number, to: number, into?: Float64Array): number {
    let s1 = this.#s1;
    let s2 = this.#s2;
    let power = 0;
    for (let i = from; i < to; i++) {
      const sample = (MULAW_LEVELS[audio[i] ?? SILENCE] ?? 0) * B0;
      const filtered = sample + s1;
      s1 = s2 - 2 * sample - A1 * filtered;
      s2 = sample - A2 * filtered;
      power += filtered * filtered;
      if (into) into[i - from] = filtered;
    }
    // Denormal numbers would slow the filter down through every silence.
    this.#s1 = Math.abs(s1) < 1e-12 ? 0 : s1;
    this.#s2 = Math.abs(s2) < 1e-12 ? 0 : s2;
    return 10 * Math.log10(Math.max(SILENT_POWER, power / Math.max(1, to - from)));
  }
}

/** So many frames (20 ms each) give the first idea of the floor: their median. */
const FIRST_FRAMES = 15;
const RISE_DB = 0.09;
const FALL_DB = 0.21;
const LOWEST_DBFS = -68;

/** How loud the line is when nobody speaks, in dBFS, learnt frame by frame; never below -68. */
export class NoiseFloor {
  readonly #first: number[] = [];
  #dbfs = LOWEST_DBFS;

  get dbfs(): number {
    return this.#dbfs;
  }

  /** Whether 300 ms have been heard. */
  get known(): boolean {
    return this.#first.length === FIRST_FRAMES;
  }

  /** `mayBeOurs`: the frame may be our own echo, which is no noise: such a frame never raises the floor. */
  push(levelDbfs: number, mayBeOurs = false): void {
    if (!this.known) this.#begin(levelDbfs);
    else if (levelDbfs <= this.#dbfs) this.#dbfs -= FALL_DB;
    else if (!mayBeOurs) this.#dbfs += RISE_DB;
    this.#dbfs = Math.max(LOWEST_DBFS, this.#dbfs);
  }

  #begin(levelDbfs: number): void {
    this.#first.push(levelDbfs);
    this.#dbfs = this.#first.toSorted((a, b) => a - b)[this.#first.length >> 1] ?? LOWEST_DBFS;
  }
}
