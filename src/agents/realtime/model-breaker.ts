const WINDOW_MS = 60_000;
const MOST_FAILURES = 5;
/** With much traffic five failures in a minute are no outage while most sessions answer. */
const FAILED_SHARE = 0.2;
const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Whether it is worth asking for a session of the model. Opens after five failures in a row, however long they take, after five within a
 * minute that are at least a fifth of what was tried, and at once after a fatal one. Then a probe is due after 15 s, and after each that fails twice as long, 60 s at most.
 *
 * Pure: it has no timer and no clock. Every time is milliseconds of one clock that never goes back.
 */
export class ModelBreaker {
  #outcomes: { readonly at: number; readonly failed: boolean }[] = [];
  #failedInARow = 0;
  #isOpen = false;
  #waitMs = FIRST_WAIT_MS;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How long after it opened, or after the last probe failed, the next probe is due. */
  get probeAfterMs(): number {
    return this.#waitMs;
  }

  /** In a session the model has answered. What began before it opened does not close it: a probe does. */
  succeeded(now: number): void {
    if (!this.#isOpen) this.#note(now, false);
  }

  /** A session did not become ready, broke, or gave no answer. True when it opens with this. */
  failed(now: number, fatal: boolean): boolean {
    if (this.#isOpen) return false;
    this.#note(now, true);
    const failures = this.#outcomes.filter(({ failed }) => failed).length;
    const isShare = failures >= FAILED_SHARE * this.#outcomes.length;
    const isOutage = this.#failedInARow >= MOST_FAILURES || (failures >= MOST_FAILURES && isShare);
    if (!fatal && !isOutage) return false;
    this.#isOpen = true;
    this.#waitMs = FIRST_WAIT_MS;
    return true;
  }

  /** What a probe found. True when it closes with this. */
  probed(answered: boolean): boolean {
    if (!this.#isOpen) return false;
    this.#waitMs = answered ? FIRST_WAIT_MS : Math.min(LONGEST_WAIT_MS, 2 * this.#waitMs);
    this.#isOpen = !answered;
    if (answered) [this.#outcomes, this.#failedInARow] = [[], 0];
    return answered;
  }

  #note(at: number, failed: boolean): void {
    this.#failedInARow = failed ? this.#failedInARow + 1 : 0;
    const from = at - WINDOW_MS;
    const [oldest] = this.#outcomes;
    if (oldest && oldest.at <= from) this.#outcomes = this.#outcomes.filter((outcome) => outcome.at > from);
    this.#outcomes.push({ at, failed });
  }
}
