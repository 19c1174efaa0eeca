import type { Pseudonyms } from './pseudonyms.js';

const NAME_FIELDS = ['first_name', 'last_name'] as const;

/** The names that are known of one call's customer, found in whatever is said or noted and replaced there, always by the same others. */
export class PersonalNames {
  readonly #pseudonyms: Pseudonyms;
  readonly #known = new Map<string, string>();

  constructor(pseudonyms: Pseudonyms) {
    this.#pseudonyms = pseudonyms;
  }

  /** Another name or address, and what stands for it. */
  add(name: string, other: string): void {
    this.#known.set(name, other);
  }

  /** Remembers the names in a value that holds a customer, at any depth. */
  learn(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [field, item] of Object.entries(value)) {
      const isName = NAME_FIELDS.some((name) => name === field);
      if (isName && typeof item === 'string' && item !== '')
        this.#known.set(item, this.#pseudonyms.name(item));
      else this.learn(item);
    }
  }

  /** Whether one of the names is in it. */
  isIn(text: string): boolean {
    return [...this.#known.keys()].some((name) => wholeWords(name).test(text));
  }

  /** The text with other names; the same text when none is in it. */
  hide(text: string): string {
    let hidden = text;
    for (const [name, other] of this.#known) hidden = hidden.split(wholeWords(name)).join(other);
    return hidden;
  }

  /** A JSON value with other names in every text. */
  hideIn(value: unknown): unknown {
    if (typeof value === 'string') return this.hide(value);
    if (Array.isArray(value)) return value.map((item) => this.hideIn(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.hideIn(item)]));
  }
}

function wholeWords(name: string): RegExp {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'u');
}
