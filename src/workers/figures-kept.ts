import { countsOf, type Figures } from '../core/metrics.js';

/** So many workers that are gone are remembered one by one. */
const MOST_APART = 8;

/**
 * The last known figures of each worker. A count must not go back because a worker is gone or late: Prometheus would take
 * that for a restart of everything.
 */
export class FiguresKept {
  readonly #latest = new Map<number, Figures>();
  readonly #departed: Figures[] = [];
  #isAdding = false;

  /** What a worker counts now. */
  keep(worker: number, figures: Figures): void {
    this.#latest.set(worker, figures);
  }

  /** What to add up: all of those who have answered now; of the late and the gone what they counted last. */
  async of(answered: ReadonlySet<number>): Promise<Figures[]> {
    const latest = [...this.#latest];
    const fresh = latest.flatMap(([worker, figures]) => (answered.has(worker) ? [figures] : []));
    const late = latest.flatMap(([worker, figures]) => (answered.has(worker) ? [] : [figures]));
    return [...fresh, await countsOf([...late, ...this.#departed])];
  }

  async gone(worker: number): Promise<void> {
    const figures = this.#latest.get(worker);
    if (!figures) return;
    this.#latest.delete(worker);
    this.#departed.push(figures);
    const apart = [...this.#departed];
    if (apart.length <= MOST_APART || this.#isAdding) return;
    this.#isAdding = true;
    this.#departed.splice(0, apart.length, await countsOf(apart));
    this.#isAdding = false;
  }
}
