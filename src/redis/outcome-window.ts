const SLICE_MS = 100;
const SLICES = 10;

interface Slice {
  /** Which slice of time, counted from 0. */
  readonly number: number;
  total: number;
  failed: number;
}

/** How many operations of the last second there were, and how many failed; counted in slices of 100 ms. */
export class OutcomeWindow {
  #slices: Slice[] = [];
  #latest: Slice | undefined;
  #latestEndsAt = Number.NEGATIVE_INFINITY;

  /** `now` never goes back. */
  add(now: number, succeeded: boolean): void {
    const slice = now < this.#latestEndsAt && this.#latest ? this.#latest : this.#begin(now);
    slice.total += 1;
    if (!succeeded) slice.failed += 1;
  }

  counts(now: number): { total: number; failed: number } {
    this.#forgetBefore(now);
    const sum = (of: 'total' | 'failed') => this.#slices.reduce((all, slice) => all + slice[of], 0);
    return { total: sum('total'), failed: sum('failed') };
  }

  clear(): void {
    this.#slices = [];
    this.#latest = undefined;
  }

  #begin(now: number): Slice {
    this.#forgetBefore(now);
    const slice = { number: Math.floor(now / SLICE_MS), total: 0, failed: 0 };
    this.#slices.push(slice);
    this.#latest = slice;
    this.#latestEndsAt = (slice.number + 1) * SLICE_MS;
    return slice;
  }

  #forgetBefore(now: number): void {
    const oldest = Math.floor(now / SLICE_MS) - SLICES + 1;
    this.#slices = this.#slices.filter(({ number }) => number >= oldest);
  }
}
