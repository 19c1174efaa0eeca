const IN_A_ROW = 5;
const ENOUGH = 10;
const FAILED_SHARE = 0.5;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
/** How much longer the first wait is when it opens again soon after it closed. */
const AGAIN = 4;
/** Closed for so long, an opening begins with the shortest wait again. */
const CALM_MS = 10_000;
/** The last second, in slices. */
const SLICE_MS = 100;
const SLICES = 10;

/**
 * Whether it is worth asking a server that may be down. Opens after 5 failures in a row, or when half of 10 or more
 * operations of the last second failed; then one probe is due after 500 ms, the next after twice as long, 5 s at most. When it opens
 * again soon after it closed, it waits four times as long from the start: a server that comes and goes changes little.
 *
 * Pure: it has no timer and no clock. Every time is milliseconds of one clock that never goes back.
 */
export class CircuitBreaker {
  readonly #window = new OutcomeWindow();
  #failedInARow = 0;
  #isOpen = false;
  #changedAt = Number.NEGATIVE_INFINITY;
  #firstWaitMs = FIRST_WAIT_MS;
  #waitMs = FIRST_WAIT_MS;
  #probeAt: number | undefined;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** When the next probe is due; `undefined` while closed, and while a probe is under way. */
  get probeAt(): number | undefined {
    return this.#probeAt;
  }

  /** What began before the last change says nothing of what is now. */
  succeeded(startedAt: number, now: number): void {
    if (this.#isOpen || startedAt < this.#changedAt) return;
    this.#failedInARow = 0;
    this.#window.add(now, true);
  }

  /** True when it opens with this. */
  failed(startedAt: number, now: number): boolean {
    if (this.#isOpen || startedAt < this.#changedAt) return false;
    this.#failedInARow += 1;
    this.#window.add(now, false);
    const { total, failed } = this.#window.counts(now);
    const isMostly = total >= ENOUGH && failed >= total * FAILED_SHARE;
    if (this.#failedInARow < IN_A_ROW && !isMostly) return false;
    this.#open(now);
    return true;
  }

  /** True when a probe was due; it is under way now, and no other. */
  beginProbe(now: number): boolean {
    if (this.#probeAt === undefined || now < this.#probeAt) return false;
    this.#probeAt = undefined;
    return true;
  }

  /** True when it closes with this. */
  endProbe(answered: boolean, now: number): boolean {
    if (!this.#isOpen) return false;
    if (answered) return this.#close(now);
    this.#waitMs = longer(this.#waitMs, 2);
    this.#probeAt = now + this.#waitMs;
    return false;
  }

  /** The server has answered a new connection, which is as good as a probe, but for the first wait. True when it closes with this. */
  reconnected(now: number): boolean {
    if (!this.#isOpen || now < this.#changedAt + this.#firstWaitMs) return false;
    return this.#close(now);
  }

  #open(now: number): void {
    const isCalm = now - this.#changedAt >= CALM_MS;
    this.#firstWaitMs = isCalm ? FIRST_WAIT_MS : longer(this.#firstWaitMs, AGAIN);
    this.#waitMs = this.#firstWaitMs;
    this.#isOpen = true;
    this.#changedAt = now;
    this.#probeAt = now + this.#waitMs;
  }

  #close(now: number): true {
    this.#isOpen = false;
    this.#changedAt = now;
    this.#probeAt = undefined;
    this.#failedInARow = 0;
    this.#window.clear();
    return true;
  }
}

function longer(ms: number, times: number): number {
  return Math.min(LONGEST_WAIT_MS, ms * times);
}

interface Slice {
  /** Which slice of time, counted from 0. */
  readonly number: number;
  total: number;
  failed: number;
}

/** How many operations of the last second there were, and how many failed; counted in slices of 100 ms. */
class OutcomeWindow {
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
