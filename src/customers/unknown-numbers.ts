const REMEMBERED_MS = 30_000;
const MOST = 10_000;

/** Numbers that were just found to have no customer, so that a flood of calls does not become a flood of queries. Bounded. */
export class UnknownNumbers {
  readonly #until = new Map<string, number>();

  has(phone: string): boolean {
    const until = this.#until.get(phone);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    this.#until.delete(phone);
    return false;
  }

  add(phone: string): void {
    this.#until.delete(phone);
    this.#until.set(phone, performance.now() + REMEMBERED_MS);
    const [oldest] = this.#until.keys();
    if (this.#until.size > MOST && oldest !== undefined) this.#until.delete(oldest);
  }

  delete(phone: string): void {
    this.#until.delete(phone);
  }
}
