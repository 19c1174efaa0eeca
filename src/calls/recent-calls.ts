const MOST = 10_000;

/** CallSids in the order in which they came; the oldest are forgotten. */
export class RecentCalls {
  readonly #callSids = new Set<string>();

  has(callSid: string): boolean {
    return this.#callSids.has(callSid);
  }

  add(callSid: string): void {
    this.#callSids.add(callSid);
    const [oldest] = this.#callSids;
    if (this.#callSids.size > MOST && oldest !== undefined) this.#callSids.delete(oldest);
  }
}
