import type { CallControl } from '../agent.js';

/** Keys that follow each other faster are told to the model together. */
const DEBOUNCE_MS = 700;
/** Who is asked for a code and presses nothing for so long does not have it. */
const CODE_MS = 15_000;
const CODE_LENGTH = 4;
/** More than that in a row says nothing to a model. */
const MAX_DIGITS = 20;

export interface KeyedDigitsOptions {
  readonly control: Pick<CallControl, 'setTimer'>;
  /** Keys that the model is told of. */
  readonly onKeys: (digits: string) => void;
  /** Four digits that prove who calls, which the model never learns. */
  readonly onCode: (digits: string) => void;
  /** The caller was asked for a code and does not give one. */
  readonly onNoCode: () => void;
}

/** The keys of one call, but for `0`, which is the person at once: several in a row as one, and those of a code apart. */
export class KeyedDigits {
  readonly #options: KeyedDigitsOptions;
  #digits = '';
  /** The digits of the code so far; null: none is asked for. */
  #code: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: KeyedDigitsOptions) {
    this.#options = options;
  }

  /** The keys pressed now are those of a code. */
  get isCode(): boolean {
    return this.#code !== null;
  }

  /** From now on four digits are a code; `#` or 15 s without a key end that, `*` begins it anew. */
  askForCode(): void {
    this.#tellKeys();
    this.#code = '';
    this.#wait(CODE_MS, () => this.#giveUp());
  }

  press(key: string): void {
    if (this.#code !== null) return this.#pressCode(this.#code, key);
    this.#digits = `${this.#digits}${key}`.slice(-MAX_DIGITS);
    this.#wait(DEBOUNCE_MS, () => this.#tellKeys());
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#digits = '';
    this.#code = null;
  }

  #pressCode(before: string, key: string): void {
    if (key === '#') return this.#giveUp();
    const code = key === '*' ? '' : before + (/^\d$/.test(key) ? key : '');
    this.#code = code;
    if (code.length < CODE_LENGTH) return this.#wait(CODE_MS, () => this.#giveUp());
    this.stop();
    this.#options.onCode(code);
  }

  #giveUp(): void {
    this.stop();
    this.#options.onNoCode();
  }

  #tellKeys(): void {
    const digits = this.#digits;
    this.stop();
    if (digits) this.#options.onKeys(digits);
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = this.#options.control.setTimer(then, ms);
  }
}
