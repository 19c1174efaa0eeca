import type { Service } from '../../shop/service.js';

type NamedService = Pick<Service, 'type' | 'name' | 'choice'>;

/** Words of names that tell no service from another, or that stand in any sentence about an appointment. */
const TELLS_NOTHING = new Set(
  stemsOf(
    `a an the of for and or with without to in on at up your my our some any something anything else other more new full basic
    standard general regular quick day car vehicle truck auto service visit appointment booking change check work job`,
  ),
);

/** By which words people name the services of a shop: those of its names, choices and types, each in any form of it. English. */
export interface ServiceWords {
  /** Words that name a service, as they are said, in the singular; no two alike. */
  readonly nouns: readonly string[];
  /** Whether a text names another service than the one of this type, which the shop need not have any more. */
  readonly namesOther: (text: string, type: string) => boolean;
}

export function serviceWords(services: readonly NamedService[]): ServiceWords {
  const nouns = services.flatMap(namesOf).filter((word) => tells(stemOf(word)));
  const stems = new Map(services.map((service) => [service.type, telling(namesOf(service))]));
  const all = new Set([...stems.values()].flatMap((each) => [...each]));
  return {
    nouns: [...new Set(nouns.map(singular))],
    namesOther: (text, type) => {
      const own = new Set([...telling(plainWords(type)), ...(stems.get(type) ?? [])]);
      return stemsOf(text).some((stem) => all.has(stem) && !own.has(stem));
    },
  };
}

function namesOf({ type, name, choice }: NamedService): readonly string[] {
  return plainWords(`${type} ${name} ${choice}`);
}

function telling(words: readonly string[]): ReadonlySet<string> {
  return new Set(words.map(stemOf).filter(tells));
}

function tells(stem: string): boolean {
  return !TELLS_NOTHING.has(stem);
}

function stemsOf(text: string): readonly string[] {
  return plainWords(text).map(stemOf);
}

function plainWords(text: string): readonly string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return plain.replace(/tyre/g, 'tire').match(/[a-z]+/g) ?? [];
}

function singular(word: string): string {
  return word.length > 3 ? word.replace(/ies$/, 'y').replace(/(?<![su])s$/, '') : word;
}

/** The same for the forms of a longer word: `rotate`, `rotation`, `rotated`. */
function stemOf(word: string): string {
  return singular(word).replace(/(?<=^.{5,})(?:ion|ing|ment|ed|e|y)$/, '');
}
