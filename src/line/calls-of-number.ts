import { BoundedMap } from '../core/bounded-map.js';

/** So many calls at once from one number that nobody attests are given a stream. */
export const CALLS_A_NUMBER = 3;
/** After a call-back was noted for a number, further ones are the same request. */
const SAME_REQUEST_MS = 600_000;

export interface CallsOfNumberOptions {
  /** The call is live here, or its stream was invited here and may still come. */
  readonly isHere: (callSid: string) => boolean;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/**
 * Which calls from each number are at this process now. A number can be forged, and one line that rings without end must not take all the others;
 * a company whose switchboard shows one number for everybody has more callers than that, who are served another way.
 */
export class CallsOfNumber {
  readonly #isHere: (callSid: string) => boolean;
  readonly #now: () => number;
  readonly #calls = new BoundedMap<string, string[]>();
  readonly #requests = new BoundedMap<string, number>();

  constructor({ isHere, now = Date.now }: CallsOfNumberOptions) {
    this.#isHere = isHere;
    this.#now = now;
  }

  /** `number` is E.164. */
  isFull(number: string): boolean {
    return this.#here(number).length >= CALLS_A_NUMBER;
  }

  add(number: string, callSid: string): void {
    this.#calls.set(number, [...this.#here(number), callSid]);
  }

  /** Whether this call-back is a new request, and not one more call within ten minutes. */
  isNewRequest(number: string): boolean {
    const now = this.#now();
    if (now - (this.#requests.get(number) ?? Number.NEGATIVE_INFINITY) < SAME_REQUEST_MS) return false;
    this.#requests.set(number, now);
    return true;
  }

  #here(number: string): string[] {
    return (this.#calls.get(number) ?? []).filter((callSid) => this.#isHere(callSid));
  }
}
