import { FRAME_BYTES } from '../mulaw.js';

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
/** Where the lags begin that are taken at once. */
const FIRST = RINGING - 1;
const FIRST_OF_VOICES = SHORTEST - ((SHORTEST - FIRST) % AT_ONCE);

/** Used within one look, and by all: what a call keeps to itself is small, and stays in the processor's cache. */
const energy = new Float64Array(WINDOW + 1);
/** By lag, in samples at 4 kHz: the normalised autocorrelation, -1 to 1. */
const repetition = new Float64Array(LONGEST + AT_ONCE);

/** How much the last 40 ms repeat themselves, and after what time. Allocates nothing after it was made. */
export class Voicing {
  readonly #window = new Float64Array(WINDOW);
  #last = 0;
  #strength = 0;
  #period = SHORTEST;
  /** The whole lag of the latest repetition. */
  #lag = SHORTEST;
  #ringing = 0;

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
    for (let lag = FIRST; lag <= LONGEST; lag += AT_ONCE) this.#compare(lag);
    const lag = strongest(SHORTEST, LONGEST);
    this.#lag = lag;
    this.#strength = at(lag);
    this.#period = betweenLags(lag);
    this.#ringing = highestPeak(RINGING, SHORTEST);
  }

  /**
   * Looks at the last 40 ms only for a repetition that is stronger than `enough`, first where one was found last. Returns how strong it is; of a
   * frame that has none, how strong the best of all is. The getters keep what they had.
   */
  strengthBeyond(enough: number): number {
    this.#sumEnergy();
    const first = this.#lag - ((this.#lag - FIRST) % AT_ONCE);
    let best = this.#strongestOf(first);
    for (let from = FIRST_OF_VOICES; from <= LONGEST && at(best) <= enough; from += AT_ONCE) {
      const other = from === first ? best : this.#strongestOf(from);
      if (at(other) > at(best)) best = other;
    }
    this.#lag = best;
    return at(best);
  }

  /** The best normalised autocorrelation at the periods of a voice, -1 to 1. */
  get strength(): number {
    return this.#strength;
  }

  /** The period of that repetition in samples at 4 kHz, between whole ones where the peak lies there. */
  get period(): number {
    return this.#period;
  }

  /** The highest peak of the autocorrelation at periods too short for a voice, as metal rings; 0 when there is none. */
  get ringing(): number {
    return this.#ringing;
  }

  /** Of the lags of a voice among those that are taken at once from `from` on. */
  #strongestOf(from: number): number {
    this.#compare(from);
    return strongest(Math.max(SHORTEST, from), Math.min(LONGEST, from + AT_ONCE - 1));
  }

  #sumEnergy(): void {
    let sum = 0;
    for (let i = 0; i < WINDOW; i++) {
      sum += (this.#window[i] ?? 0) ** 2;
      energy[i + 1] = sum;
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
    keep(lag, s1);
    keep(lag + 1, s2);
    keep(lag + 2, s3);
    keep(lag + 3, s4);
    keep(lag + 4, s5);
    keep(lag + 5, s6);
  }
}

function keep(lag: number, product: number): void {
  const early = energy[WINDOW - lag] ?? 0;
  const late = (energy[WINDOW] ?? 0) - (energy[lag] ?? 0);
  repetition[lag] = product / Math.sqrt((early + 1e-12) * (late + 1e-12));
}

function at(lag: number): number {
  return repetition[lag] ?? 0;
}

function strongest(from: number, to: number): number {
  let best = from;
  for (let lag = from + 1; lag <= to; lag++) if (at(lag) > at(best)) best = lag;
  return best;
}

function betweenLags(period: number): number {
  if (period === SHORTEST || period === LONGEST) return period;
  const before = at(period - 1);
  const after = at(period + 1);
  const bend = before - 2 * at(period) + after;
  return bend < 0 ? period + (0.5 * (before - after)) / bend : period;
}

function highestPeak(from: number, to: number): number {
  let highest = 0;
  for (let lag = from; lag < to; lag++) {
    const here = at(lag);
    if (here > highest && here >= at(lag - 1) && here >= at(lag + 1)) highest = here;
  }
  return highest;
}
