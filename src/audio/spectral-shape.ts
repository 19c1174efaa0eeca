const COEFFICIENTS = 6;
/** The change is taken over so many frames. */
const APART = 3;

/** The shape of the spectrum, frame by frame, and how far it has moved. Allocates nothing after it was made. */
export class SpectralShape {
  /** The normalised autocorrelation of the last frames at lags of 1 to 6 samples: a shape without its loudness. */
  readonly #shapes = new Float64Array(COEFFICIENTS * (APART + 1));
  readonly #heard = new Uint8Array(APART + 1);
  #slot = 0;

  /** A frame that is too soft to have a shape. */
  skip(): void {
    this.#next(0);
  }

  /** Takes the next frame. Returns how far its shape is from the one 60 ms before; -1 when that had none. */
  push(samples: Float64Array): number {
    this.#next(1);
    this.#shape(samples, this.#slot * COEFFICIENTS);
    const then = (this.#slot + 1) % (APART + 1);
    return this.#heard[then] === 1 ? this.#distance(this.#slot * COEFFICIENTS, then * COEFFICIENTS) : -1;
  }

  #next(heard: 0 | 1): void {
    this.#slot = (this.#slot + 1) % (APART + 1);
    this.#heard[this.#slot] = heard;
  }

  #shape(samples: Float64Array, at: number): void {
    let energy = 1e-12;
    for (let i = 0; i < samples.length; i++) energy += (samples[i] ?? 0) ** 2;
    for (let lag = 1; lag <= COEFFICIENTS; lag++) {
      let product = 0;
      for (let i = lag; i < samples.length; i++) product += (samples[i] ?? 0) * (samples[i - lag] ?? 0);
      this.#shapes[at + lag - 1] = product / energy;
    }
  }

  #distance(one: number, other: number): number {
    let sum = 0;
    for (let n = 0; n < COEFFICIENTS; n++)
      sum += ((this.#shapes[one + n] ?? 0) - (this.#shapes[other + n] ?? 0)) ** 2;
    return Math.sqrt(sum);
  }
}
