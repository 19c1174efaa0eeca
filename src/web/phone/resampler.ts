// A windowed-sinc low-pass: flat to where telephone speech ends, and 70 dB down from where 8 kHz audio would fold over.
const PASS_HZ = 3400;
const STOP_HZ = 4000;
const ATTENUATION_DB = 70;
const CUTOFF_HZ = (PASS_HZ + STOP_HZ) / 2;
// Kaiser's formulas for the shape of the window, and for how long it is.
const BETA = 0.1102 * (ATTENUATION_DB - 8.7);
const SPAN_SECONDS = (ATTENUATION_DB - 7.95) / (2.285 * 2 * Math.PI * (STOP_HZ - PASS_HZ));
/** Places between two samples that have taps of their own; with more, the nearest below is taken (more than 60 dB down). */
const MOST_PHASES = 1024;

/**
 * Converts audio between the rate of a sound device and the 8 kHz of the telephone, either way, sample by sample. It
 * begins in silence and is late by half its filter, 3.6 ms. Rates are whole numbers of Hz; one of them is 8000.
 */
export class Resampler {
  readonly #taps: Float32Array;
  readonly #length: number;
  readonly #phases: number;
  /** Input samples for each `#out` output samples. */
  readonly #in: number;
  readonly #out: number;
  /** The newest samples, each at two places, so that the last ones always stand in a row. */
  readonly #past: Float32Array;
  #at = 0;
  #needed = 1;
  /** How far the next output lies behind a sample, in parts of `#out`. */
  #fraction = 0;

  constructor(fromHz: number, toHz: number) {
    const common = divisor(fromHz, toHz);
    this.#in = fromHz / common;
    this.#out = toHz / common;
    this.#phases = Math.min(this.#out, MOST_PHASES);
    this.#length = Math.ceil(SPAN_SECONDS * fromHz) + 2;
    this.#taps = tapsOf(this.#length, this.#phases, fromHz);
    this.#past = new Float32Array(2 * this.#length);
  }

  /** So many more samples must be pushed before the next one can be pulled. */
  get needed(): number {
    return this.#needed;
  }

  push(sample: number): void {
    this.#past[this.#at] = sample;
    this.#past[this.#at + this.#length] = sample;
    this.#at = (this.#at + 1) % this.#length;
    this.#needed -= 1;
  }

  /** The next sample; only when none is needed. */
  pull(): number {
    const row = Math.floor((this.#fraction * this.#phases) / this.#out) * this.#length;
    let sum = 0;
    for (let i = 0; i < this.#length; i++)
      sum += (this.#taps[row + i] ?? 0) * (this.#past[this.#at + i] ?? 0);
    this.#fraction += this.#in;
    this.#needed += Math.floor(this.#fraction / this.#out);
    this.#fraction %= this.#out;
    return sum;
  }
}

/** For each place between two samples the taps that meet the last `length` samples, oldest first; each row sums up to 1. */
function tapsOf(length: number, phases: number, rateHz: number): Float32Array {
  const taps = new Float32Array(length * phases);
  for (let phase = 0; phase < phases; phase++) {
    const row = Array.from({ length }, (_, i) => {
      const samples = (length - 1) / 2 - i + phase / phases;
      return impulseAt(samples / rateHz);
    });
    const sum = row.reduce((a, b) => a + b, 0);
    taps.set(
      row.map((tap) => tap / sum),
      phase * length,
    );
  }
  return taps;
}

function impulseAt(seconds: number): number {
  const place = (2 * seconds) / SPAN_SECONDS;
  if (Math.abs(place) >= 1) return 0;
  const x = 2 * Math.PI * CUTOFF_HZ * seconds;
  return (x === 0 ? 1 : Math.sin(x) / x) * bessel(BETA * Math.sqrt(1 - place * place));
}

/** The modified Bessel function of order 0, of which the Kaiser window is made. */
function bessel(x: number): number {
  let [term, sum] = [1, 1];
  for (let k = 1; term > sum * 1e-9; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
