/** So many frames (20 ms each) give the first idea of the floor: their median. */
const FIRST_FRAMES = 15;
const RISE_DB = 0.09;
const FALL_DB = 0.21;
const LOWEST_DBFS = -68;

/** How loud the line is when nobody speaks, in dBFS, learnt frame by frame. */
export class NoiseFloor {
  readonly #first: number[] = [];
  #dbfs = LOWEST_DBFS;

  get dbfs(): number {
    return this.#dbfs;
  }

  get known(): boolean {
    return this.#first.length === FIRST_FRAMES;
  }

  push(levelDbfs: number): void {
    if (this.known) {
      this.#dbfs += levelDbfs > this.#dbfs ? RISE_DB : -FALL_DB;
    } else {
      this.#first.push(levelDbfs);
      this.#dbfs = this.#first.toSorted((a, b) => a - b)[this.#first.length >> 1] ?? LOWEST_DBFS;
    }
    this.#dbfs = Math.max(LOWEST_DBFS, this.#dbfs);
  }
}
