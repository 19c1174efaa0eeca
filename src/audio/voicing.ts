import { FRAME_BYTES } from './mulaw.js';

const RATE = 4000;
const FRAME = FRAME_BYTES / 2;
const WINDOW = 2 * FRAME;
/** Pitch periods of 80 to 400 Hz. */
const SHORTEST = RATE / 400;
const LONGEST = RATE / 80;

/** Whether a voice is in the last 40 ms: how much they repeat themselves at the rate of a pitch. */
export class Voicing {
  readonly #window = new Float64Array(WINDOW);

  /** Takes the next frame: 160 samples, high-passed. Returns the best normalised autocorrelation, 0 to 1. */
  push(samples: Float64Array): number {
    const window = this.#window;
    window.copyWithin(0, FRAME);
    let last = 0;
    for (let i = 0; i < FRAME; i++) {
      // A short low-pass with its notch at 4 kHz: what folds back at half the rate is small beside a voice's fundamental.
      const [a, b] = [samples[2 * i] ?? 0, samples[2 * i + 1] ?? 0];
      last = (last + 2 * a + b) / 4;
      window[FRAME + i] = last;
      last = b;
    }
    return bestRepetition(window);
  }
}

function bestRepetition(window: Float64Array): number {
  let best = 0;
  for (let lag = SHORTEST; lag <= LONGEST; lag++) {
    let [product, early, late] = [0, 1e-12, 1e-12];
    for (let i = lag; i < WINDOW; i++) {
      const [now, before] = [window[i] ?? 0, window[i - lag] ?? 0];
      product += now * before;
      late += now * now;
      early += before * before;
    }
    best = Math.max(best, product / Math.sqrt(early * late));
  }
  return best;
}
