/** How long changes have been waiting to be stored: the oldest of those that are on their way or still to be sent. */
export class WriteLag {
  #waitingSince: number | undefined;
  #sentSince: number | undefined;

  /** Of `performance.now()`; `undefined` when everything is stored. */
  get oldest(): number | undefined {
    return this.#sentSince ?? this.#waitingSince;
  }

  changed(): void {
    this.#waitingSince ??= performance.now();
  }

  /** All changes so far are on their way. */
  sent(): void {
    this.#sentSince = this.#waitingSince;
    this.#waitingSince = undefined;
  }

  settled(isStored: boolean): void {
    if (!isStored) this.#waitingSince = this.oldest;
    this.#sentSince = undefined;
  }
}
