/** Who has served for so long was not ill from birth. */
const WELL_MS = 10_000;
const FIRST_MS = 250;
const LAST_MS = 15_000;

/** How long to wait before a worker that died is replaced: not at all, unless workers die soon after their start, again and again. */
export class RestartPause {
  #early = 0;

  /** `servedMs`: for how long the dead one had listened; 0 if it never did. */
  next(servedMs: number): number {
    if (servedMs >= WELL_MS) {
      this.#early = 0;
      return 0;
    }
    this.#early += 1;
    return this.#early === 1 ? 0 : Math.min(LAST_MS, FIRST_MS * 2 ** (this.#early - 2));
  }
}
