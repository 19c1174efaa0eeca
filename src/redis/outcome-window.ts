const SLICE_MS = 100;
const SLICES = 10;

/** How many operations of the last second there were, and how many failed; counted in slices of 100 ms. */
export class OutcomeWindow {
  readonly #totals = new Array<number>(SLICES).fill(0);
  readonly #failures = new Array<number>(SLICES).fill(0);
  /** Which slice of time, counted from 0, each place holds. */
  readonly #slices = new Array<number>(SLICES).fill(-1);

  add(now: number, succeeded: boolean): void {
    const slice = Math.floor(now / SLICE_MS);
    const place = slice % SLICES;
    if (this.#slices[place] !== slice) {
      this.#slices[place] = slice;
      this.#totals[place] = 0;
      this.#failures[place] = 0;
    }
    this.#totals[place] = (this.#totals[place] ?? 0) + 1;
    if (!succeeded) this.#failures[place] = (this.#failures[place] ?? 0) + 1;
  }

  counts(now: number): { total: number; failed: number } {
    const oldest = Math.floor(now / SLICE_MS) - SLICES + 1;
    let [total, failed] = [0, 0];
    for (let place = 0; place < SLICES; place++) {
      if ((this.#slices[place] ?? -1) < oldest) continue;
      total += this.#totals[place] ?? 0;
      failed += this.#failures[place] ?? 0;
    }
    return { total, failed };
  }

  clear(): void {
    this.#slices.fill(-1);
  }
}
