/** The time as ISO 8601 in UTC, e.g. `2026-11-24T15:30:00.000Z`; printed by `Date` once a second only, which is slow. */
export class IsoClock {
  #second = Number.NaN;
  #upToSecond = '';

  now(): string {
    const ms = Date.now();
    const second = Math.floor(ms / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#upToSecond = new Date(second * 1_000).toISOString().slice(0, -'000Z'.length);
    }
    return `${this.#upToSecond}${String(ms - second * 1_000).padStart(3, '0')}Z`;
  }
}
