const MOST = 10_000;

/** The SIDs of the calls that have ended here, the latest ten thousand. */
export class FinishedSids {
  readonly #sids = new Set<string>();

  has(callSid: string): boolean {
    return this.#sids.has(callSid);
  }

  add(callSid: string): void {
    this.#sids.add(callSid);
    const [oldest = callSid] = this.#sids;
    if (this.#sids.size > MOST) this.#sids.delete(oldest);
  }
}
