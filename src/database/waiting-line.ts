import { GatewayError } from '../core/errors.js';

/** With less time left nothing is begun. */
const LEAST_MS = 50;

/** Lets only so many be at work at once; the others wait, first come, first served. */
export class WaitingLine {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(atWork: number) {
    this.#free = atWork;
  }

  /** Runs `work` when it is its turn, with what is left of `withinMs`. Rejects with `UNAVAILABLE` when that was too short to begin, else settles as `work`. */
  async enter<T>(withinMs: number, work: (leftMs: number) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(withinMs - LEAST_MS);
    try {
      return await work(withinMs - Math.round(performance.now() - startedAt));
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }

  #turn(withinMs: number): Promise<void> {
    return new Promise((settle, reject) => {
      const late = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(new GatewayError('UNAVAILABLE', 'Too many others write in the database at the same time.'));
      }, withinMs);
      const begin = () => {
        clearTimeout(late);
        settle();
      };
      this.#waiting.push(begin);
    });
  }
}
