/** Ids in the form of the protocol, counted: a run that is repeated has the same ones. */
export class Ids {
  readonly #counts = new Map<string, number>();

  /** `resp_1`, `resp_2`, … */
  next(kind: 'call' | 'event' | 'item' | 'resp' | 'sess'): string {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return `${kind}_${count}`;
  }
}
