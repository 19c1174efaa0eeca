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

  // All lags in one pass: their sums do not wait for each other.
  #shape(samples: Float64Array, at: number): void {
    let energy = 1e-12;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let s4 = 0;
    let s5 = 0;
    let s6 = 0;
    let b1 = 0;
    let b2 = 0;
    let b3 = 0;
    let b4 = 0;
    let b5 = 0;
    let b6 = 0;
    for (let i = 0; i < samples.length; i++) {
      const now = samples[i] ?? 0;
      energy += now * now;
      s1 += now * b1;
      s2 += now * b2;
      s3 += now * b3;
      s4 += now * b4;
      s5 += now * b5;
      s6 += now * b6;
      b6 = b5;
      b5 = b4;
      b4 = b3;
      b3 = b2;
      b2 = b1;
      b1 = now;
    }
    const shapes = this.#shapes;
    shapes[at] = s1 / energy;
    shapes[at + 1] = s2 / energy;
    shapes[at + 2] = s3 / energy;
    shapes[at + 3] = s4 / energy;
    shapes[at + 4] = s5 / energy;
    shapes[at + 5] = s6 / energy;
  }

  #distance(one: number, other: number): number {
    let sum = 0;
    for (let n = 0; n < COEFFICIENTS; n++)
      sum += ((this.#shapes[one + n] ?? 0) - (this.#shapes[other + n] ?? 0)) ** 2;
    return Math.sqrt(sum);
  }
}
