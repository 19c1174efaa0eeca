import { BoundedMap } from '../core/bounded-map.js';

/** So many calls at once from one number that nobody attests are given a stream. */
export const CALLS_A_NUMBER = 3;

export interface CallsOfNumberOptions {
  /** The call is live here, or its stream was invited here and may still come. */
  readonly isHere: (callSid: string) => boolean;
}

/**
 * Which calls from each number are at this process now. A number can be forged, and one line that rings without end must not take all the others;
 * a company whose switchboard shows one number for everybody has more callers than that, who are served another way.
 */
export class CallsOfNumber {
  readonly #isHere: (callSid: string) => boolean;
  readonly #calls = new BoundedMap<string, string[]>();

  constructor({ isHere }: CallsOfNumberOptions) {
    this.#isHere = isHere;
  }

  /** `number` is E.164. */
  isFull(number: string): boolean {
    return this.#here(number).length >= CALLS_A_NUMBER;
  }

  add(number: string, callSid: string): void {
    this.#calls.set(number, [...this.#here(number), callSid]);
  }

  #here(number: string): string[] {
    return (this.#calls.get(number) ?? []).filter((callSid) => this.#isHere(callSid));
  }
}
