const MOST = 10_000;

/** The latest 10,000 entries: what is set anew counts as the latest, and the oldest are forgotten. */
export class RecentMap<Key, Value> extends Map<Key, Value> {
  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    const [oldest] = this.keys();
    if (this.size > MOST && oldest !== undefined) this.delete(oldest);
    return this;
  }
}
