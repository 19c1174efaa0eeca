import { BoundedMap } from '../core/bounded-map.js';

const REMEMBERED_MS = 30_000;

/** Numbers that were just found to have no customer, so that a flood of calls does not become a flood of queries. Bounded. */
export class UnknownNumbers {
  readonly #until = new BoundedMap<string, number>();

  has(phone: string): boolean {
    const until = this.#until.get(phone);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    this.#until.delete(phone);
    return false;
  }

  add(phone: string): void {
    this.#until.set(phone, performance.now() + REMEMBERED_MS);
  }

  delete(phone: string): void {
    this.#until.delete(phone);
  }
}
