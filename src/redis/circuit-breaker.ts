import { OutcomeWindow } from './outcome-window.js';

const IN_A_ROW = 5;
const ENOUGH = 10;
const FAILED_SHARE = 0.5;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
/** How much longer the first wait is when it opens again soon after it closed. */
const AGAIN = 4;
/** Closed for so long, an opening begins with the shortest wait again. */
const CALM_MS = 10_000;

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
