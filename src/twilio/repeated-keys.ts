import type { KeyMessage } from './messages.js';

/** So many keys are remembered: more than anybody presses while a message may still come again. */
const REMEMBERED = 64;

/**
 * Tells the keys of one stream that come again. A message has one number; a key that arrives twice under the same number was pressed
 * once. Keys without a number cannot be told apart, and each of them counts.
 */
export class RepeatedKeys {
  readonly #seen = new Set<string>();

  /** Whether this key came before under its number. */
  has({ sequence, digit }: Pick<KeyMessage, 'sequence' | 'digit'>): boolean {
    if (sequence === null) return false;
    const key = `${sequence} ${digit}`;
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    const [oldest] = this.#seen;
    if (this.#seen.size > REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    return false;
  }
}
