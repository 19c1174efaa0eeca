import { BoundedMap } from '../core/bounded-map.js';

/** The CallSids that came last; the oldest are forgotten. */
export class RecentCalls {
  readonly #callSids = new BoundedMap<string, true>();

  has(callSid: string): boolean {
    return this.#callSids.has(callSid);
  }

  add(callSid: string): void {
    this.#callSids.set(callSid, true);
  }
}
