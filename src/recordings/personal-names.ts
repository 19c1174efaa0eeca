import type { Pseudonyms } from './pseudonyms.js';

/** Where a first or last name stands: of a customer as it is stored, and as an agent gives it to the desk. */
const NAME_FIELDS: ReadonlySet<string> = new Set(['first_name', 'last_name', 'firstName', 'lastName']);
/** Parts of names of people and companies that are said in most calls: alone they name nobody. */
const COMMON_WORDS =
  'al all and at auto car da das de del den der di dos du el for in is it la las le los of on our repair service services shop st ten the to van von we you your';

/**
 * The names that are known of one call's customer, found in whatever is said or noted and replaced there, always by the same others. Of a name
 * of several words each is known too, for a transcript comes word by word. They are known as they are written and with a capital
 * first, not in any case: "will" and "may" are said all the time, whatever a caller is called.
 */
export class PersonalNames {
  readonly #pseudonyms: Pseudonyms;
  readonly #known = new Map<string, string>();
  /** Finds every known name; null when there is none, or another since. */
  #pattern: RegExp | null = null;

  constructor(pseudonyms: Pseudonyms) {
    this.#pseudonyms = pseudonyms;
  }

  /** Another name or address, and what stands for it. */
  add(name: string, other: string): void {
    this.#known.set(name, other);
    this.#pattern = null;
  }

  /** Remembers the names in a value that holds a customer, at any depth. */
  learn(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [field, item] of Object.entries(value)) {
      if (!NAME_FIELDS.has(field) || typeof item !== 'string') this.learn(item);
      else if (item.trim() !== '')
        for (const name of spellingsOf(item)) this.add(name, this.#pseudonyms.name(name));
    }
  }

  /** Whether one of the names is in it. */
  isIn(text: string): boolean {
    return this.#known.size > 0 && text.search(this.#names) >= 0;
  }

  /** The text with other names; the same text when none is in it. */
  hide(text: string): string {
    if (this.#known.size === 0) return text;
    return text.replace(this.#names, (name) => this.#known.get(name) ?? name);
  }

  /** A JSON value with other names in every text. */
  hideIn(value: unknown): unknown {
    if (typeof value === 'string') return this.hide(value);
    if (Array.isArray(value)) return value.map((item) => this.hideIn(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.hideIn(item)]));
  }

  get #names(): RegExp {
    this.#pattern ??= wholeWords([...this.#known.keys()]);
    return this.#pattern;
  }
}

/** A name and its words, as they are written and as transcripts write them. */
function spellingsOf(name: string): string[] {
  const all = [name, capitalized(name), ...wordsOf(name)];
  return all.flatMap((each) => [each, each.replaceAll("'", '’'), each.replaceAll('’', "'")]);
}

/** The words of a name that are names by themselves; none in small letters alone. */
function wordsOf(name: string): string[] {
  const common = COMMON_WORDS.split(' ');
  return name
    .split(/[^\p{L}\p{M}\p{N}'’]+/u)
    .filter((word) => word.length > 1 && !common.includes(word.toLowerCase()))
    .flatMap((word) => (/^\p{Ll}/u.test(word) ? [capitalized(word)] : [word, capitalized(word)]))
    .filter((word) => /^\p{L}/u.test(word));
}

function capitalized(name: string): string {
  return name.toLowerCase().replace(/(?<![\p{L}\p{M}])\p{L}/gu, (letter) => letter.toUpperCase());
}

/** Of names that begin alike the longest is found. */
function wholeWords(names: readonly string[]): RegExp {
  const literals = names
    .toSorted((a, b) => b.length - a.length)
    .map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])(?:${literals.join('|')})(?![\\p{L}\\p{M}\\p{N}])`, 'gu');
}
