/** Sounds that are told apart on a telephone: vowels; m, n, l, r, w; s, sh, z, ch; f, th, v, h; p, t, k, b, d, g; and silence. */
export const SOUND_KINDS = ['vowel', 'sonorant', 'hiss', 'breath', 'stop', 'pause'] as const;
export type SoundKind = (typeof SOUND_KINDS)[number];

export interface Sound {
  readonly kind: SoundKind;
  /** How long it usually is. */
  readonly ms: number;
}

/** V and L: a short and a long vowel; N: a sonorant; S: a hiss; F: a breath; T: a stop. */
const SOUNDS: Readonly<Record<string, Sound>> = {
  V: { kind: 'vowel', ms: 75 },
  L: { kind: 'vowel', ms: 105 },
  N: { kind: 'sonorant', ms: 60 },
  S: { kind: 'hiss', ms: 90 },
  F: { kind: 'breath', ms: 65 },
  T: { kind: 'stop', ms: 65 },
};
const WEAK_VOWEL_MS = 55;
const WEAK = 0.8;
/** The vowel of a word that has no other. */
const ONLY_VOWEL = 1.2;
/** The last syllable before a pause. */
const DRAWN_OUT = 1.4;
/** Words that English says without stress. */
const WEAK_WORDS = new Set(
  [
    'a an the of to and or for in on at is as it you your we our can will be that this with have has had are was',
    'from would should could but by do so if i',
  ]
    .join(' ')
    .split(' '),
);

/** English spelling that is far from its sound, then letters that are silent. */
const RESPELLED: readonly (readonly [RegExp, string])[] = [
  [/^kn/, 'n'],
  [/^wr/, 'r'],
  [/^ps/, 's'],
  [/^one/, 'wun'],
  [/^once/, 'wuns'],
  [/^hour/, 'our'],
  [/alk\b/, 'auk'],
  [/ould/, 'ood'],
  [/wednes/, 'wens'],
  [/business/, 'bizness'],
  [/every/, 'evry'],
  [/people/, 'peepl'],
  [/eigh/, 'ay'],
  [/([aeiouy][^aeiou]*)ce$/, '$1s'],
  [/([aeiouy][^aeiou]*)ge$/, '$1j'],
  [/([aeiouy][^aeiou]*)le$/, '$1el'],
  [/([aeiouy][^aeiou]*[^aeiouy])e$/, '$1'],
  [/([aeiouy][^aeiou]*)ced$/, '$1sd'],
  [/([aeiouy][^aeiou]*)ged$/, '$1jd'],
  [/([aeiouy][^aeiou]*[^aeioutdy])ed$/, '$1d'],
  [/([aeiouy](?:[^aeiou]*[^aeiouyszxcgh])?[^aeiouyszxcgh])es$/, '$1s'],
  [/([aeiou][^aeiou]+)e(ly|ment|ful|less)$/, '$1$2'],
];

/** What the letters from a place on begin with, and how that sounds. */
const SPELLING: readonly (readonly [RegExp, string])[] = [
  [/^(?:tion|sion|cian|tial|cial|ture)/, 'SVN'],
  [/^(?:tious|cious|xious)/, 'SVS'],
  [/^(?:eau|[aeiou]y(?![aeiou])|oo|ou|ow|oi|ea|ee|ei|ai|au|aw|ie(?!t)|oa|oe|ue|ui|eu|ew|igh|ough|augh)/, 'L'],
  [/^(?:[aeiou]|y(?![aeiou]))/, 'V'],
  [/^y/, 'N'],
  [/^(?:tch|sch|sh|ch|dge?(?=[ei]|$))/, 'S'],
  [/^(?:th|ph)/, 'F'],
  [/^gh/, ''],
  [/^(?:ng(?=s|$)|mb$|wh)/, 'N'],
  [/^qu/, 'TN'],
  [/^x/, 'TS'],
  [/^(?:[cg](?=[eiy])|j|ss|zz|s|z)/, 'S'],
  [/^(?:ff|vv|f|v|h)/, 'F'],
  [/^(?:ck|pp|tt|kk|cc|bb|dd|gg|[ptkcbdgq])/, 'T'],
  [/^(?:mm|nn|ll|rr|[mnlr]|w(?=[aeiou]))/, 'N'],
  [/^./u, ''],
];

/** The sounds of words as they are spelled in English. `endsPhrase`: a pause is likely behind them. */
export function soundsOf(words: string, endsPhrase: boolean): Sound[] {
  const sounds = words.toLowerCase().replaceAll("'", '').split(/[ -]+/).filter(Boolean).flatMap(soundsOfWord);
  if (!endsPhrase) return sounds;
  const last = sounds.findLastIndex(({ kind }) => kind === 'vowel');
  return sounds.map(({ kind, ms }, i) => ({ kind, ms: i >= last ? ms * DRAWN_OUT : ms }));
}

function soundsOfWord(word: string): Sound[] {
  const sounds = [...lettersAsSounds(word)].flatMap((code) => SOUNDS[code] ?? []);
  const isWeak = WEAK_WORDS.has(word);
  const isShort = sounds.filter(({ kind }) => kind === 'vowel').length === 1;
  return sounds.map(({ kind, ms }) => {
    if (isWeak) return { kind, ms: kind === 'vowel' ? WEAK_VOWEL_MS : ms * WEAK };
    return { kind, ms: kind === 'vowel' && isShort ? ms * ONLY_VOWEL : ms };
  });
}

function lettersAsSounds(word: string): string {
  let letters = RESPELLED.reduce(
    (spelled, [found, instead]) => spelled.replace(found, instead),
    word.normalize('NFKD').replace(/\p{M}/gu, ''),
  );
  let sounds = '';
  while (letters) {
    const [found, heard] = SPELLING.find(([start]) => start.test(letters)) ?? [];
    sounds += heard ?? '';
    letters = letters.slice(found?.exec(letters)?.[0].length ?? letters.length);
  }
  return sounds || 'V';
}
