import { FRAME_BYTES } from './mulaw.js';

const RATE = 4000;
const FRAME = FRAME_BYTES / 2;
const WINDOW = 2 * FRAME;
/** Pitch periods of 80 to 400 Hz. */
const SHORTEST = RATE / 400;
const LONGEST = RATE / 80;
/** Shorter periods than those of a voice. */
const RINGING = 3;
/** So many lags are taken at once: each sample is read once for all of them, and their sums do not wait for each other. */
const AT_ONCE = 6;

/** How much the last 40 ms repeat themselves, and after what time. Allocates nothing after it was made. */
export class Voicing {
  readonly #window = new Float64Array(WINDOW);
  /** The energy before each sample of the window. */
  readonly #energy = new Float64Array(WINDOW + 1);
  /** By lag, in samples at 4 kHz: the normalised autocorrelation, -1 to 1. */
  readonly #repetition = new Float64Array(LONGEST + AT_ONCE);
  #last = 0;
  #period = 0;

  /** Takes the next frame: 160 samples, high-passed. */
  push(samples: Float64Array): void {
    const window = this.#window;
    window.copyWithin(0, FRAME);
    let last = this.#last;
    for (let i = 0; i < FRAME; i++) {
      // A short low-pass with its notch at 4 kHz: what folds back at half the rate is small beside a voice's fundamental.
      const next = samples[2 * i + 1] ?? 0;
      window[FRAME + i] = (last + 2 * (samples[2 * i] ?? 0) + next) / 4;
      last = next;
    }
    this.#last = last;
  }

  /** Looks at the last 40 ms; what follows tells of what was found by the latest look. */
  analyse(): void {
    this.#sumEnergy();
    for (let lag = RINGING - 1; lag <= LONGEST; lag += AT_ONCE) this.#compare(lag);
    this.#period = SHORTEST;
    for (let lag = SHORTEST + 1; lag <= LONGEST; lag++) if (this.#at(lag) > this.strength) this.#period = lag;
  }

  /** The best normalised autocorrelation at the periods of a voice, -1 to 1. */
  get strength(): number {
    return this.#at(this.#period);
  }

  /** The period of that repetition in samples at 4 kHz, between whole ones where the peak lies there. */
  get period(): number {
    const period = this.#period;
    if (period === SHORTEST || period === LONGEST) return period;
    const before = this.#at(period - 1);
    const after = this.#at(period + 1);
    const bend = before - 2 * this.strength + after;
    return bend < 0 ? period + (0.5 * (before - after)) / bend : period;
  }

  /** The highest peak of the autocorrelation at periods too short for a voice, as metal rings; 0 when there is none. */
  get ringing(): number {
    let highest = 0;
    for (let lag = RINGING; lag < SHORTEST; lag++) {
      const here = this.#at(lag);
      if (here > highest && here >= this.#at(lag - 1) && here >= this.#at(lag + 1)) highest = here;
    }
    return highest;
  }

  #sumEnergy(): void {
    let sum = 0;
    for (let i = 0; i < WINDOW; i++) {
      sum += (this.#window[i] ?? 0) ** 2;
      this.#energy[i + 1] = sum;
    }
  }

  #compare(lag: number): void {
    const window = this.#window;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let s4 = 0;
    let s5 = 0;
    let s6 = 0;
    // The samples before the one that is `lag` back; there are none before the window.
    let b1 = 0;
    let b2 = 0;
    let b3 = 0;
    let b4 = 0;
    let b5 = 0;
    for (let back = 0, i = lag; i < window.length; back++, i++) {
      const now = window[i] ?? 0;
      const then = window[back] ?? 0;
      s1 += now * then;
      s2 += now * b1;
      s3 += now * b2;
      s4 += now * b3;
      s5 += now * b4;
      s6 += now * b5;
      b5 = b4;
      b4 = b3;
      b3 = b2;
      b2 = b1;
      b1 = then;
    }
    this.#keep(lag, s1);
    this.#keep(lag + 1, s2);
    this.#keep(lag + 2, s3);
    this.#keep(lag + 3, s4);
    this.#keep(lag + 4, s5);
    this.#keep(lag + 5, s6);
  }

  #keep(lag: number, product: number): void {
    const early = this.#energy[WINDOW - lag] ?? 0;
    const late = (this.#energy[WINDOW] ?? 0) - (this.#energy[lag] ?? 0);
    this.#repetition[lag] = product / Math.sqrt((early + 1e-12) * (late + 1e-12));
  }

  #at(lag: number): number {
    return this.#repetition[lag] ?? 0;
  }
}
