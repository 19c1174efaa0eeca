/** A little less than a power of two: a Map that forgets as much as it learns then keeps to the room it has. */
export const MOST_ENTRIES = 8000;

/** The latest entries, 8,000 or so many: what is set anew counts as the latest, and the oldest are forgotten. */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #most: number;

  constructor(most = MOST_ENTRIES) {
    super();
    this.#most = most;
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    const [oldest] = this.keys();
    if (this.size > this.#most && oldest !== undefined) this.delete(oldest);
    return this;
  }
}
