/** So many frames (20 ms each) give the first idea of the floor: their median. */
const FIRST_FRAMES = 15;
const RISE_DB = 0.09;
const FALL_DB = 0.21;
const LOWEST_DBFS = -68;

/** How loud the line is when nobody speaks, in dBFS, learnt frame by frame; never below -68. */
export class NoiseFloor {
  readonly #first: number[] = [];
  #dbfs = LOWEST_DBFS;

  get dbfs(): number {
    return this.#dbfs;
  }

  /** Whether 300 ms have been heard. */
  get known(): boolean {
    return this.#first.length === FIRST_FRAMES;
  }

  /** `mayBeOurs`: the frame may be our own echo, which is no noise: such a frame never raises the floor. */
  push(levelDbfs: number, mayBeOurs = false): void {
    if (!this.known) this.#begin(levelDbfs);
    else if (levelDbfs <= this.#dbfs) this.#dbfs -= FALL_DB;
    else if (!mayBeOurs) this.#dbfs += RISE_DB;
    this.#dbfs = Math.max(LOWEST_DBFS, this.#dbfs);
  }

  #begin(levelDbfs: number): void {
    this.#first.push(levelDbfs);
    this.#dbfs = this.#first.toSorted((a, b) => a - b)[this.#first.length >> 1] ?? LOWEST_DBFS;
  }
}
