/**
 * A text as the voice should be given it: printable ASCII, its signs and abbreviations written out as words, digits of
 * telephone numbers one by one. `''` when nothing of it can be said.
 */
export function speakable(text: string): string {
  const written = RULES.reduce(applyRule, ascii(text));
  const tidy = written
    .replace(/\s+/g, ' ')
    .replace(/ ([,.;:!?])/g, '$1')
    .replace(/[,;:]+(?=[,;:.!?])/g, '')
    .trim();
  return /[a-z0-9]/i.test(tidy) ? tidy : '';
}

// An unbroken run of letters costs the voice time that grows faster than its length.
const LONGEST_WORD = 30;

const DAYS: Readonly<Record<string, string>> = {
  Mon: 'Monday',
  Tue: 'Tuesday',
  Wed: 'Wednesday',
  Thu: 'Thursday',
  Fri: 'Friday',
  Sat: 'Saturday',
  Sun: 'Sunday',
};

const MONTHS: Readonly<Record<string, string>> = {
  Jan: 'January',
  Feb: 'February',
  Mar: 'March',
  Apr: 'April',
  Jun: 'June',
  Jul: 'July',
  Aug: 'August',
  Sep: 'September',
  Oct: 'October',
  Nov: 'November',
  Dec: 'December',
};

const DAY = '(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:s|rs?|[a-z]*day)?';
const MONTH = '(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)t?';

type Rule = readonly [found: RegExp, replacement: string | ((match: string, ...groups: string[]) => string)];

// In this order: what stands earlier may rely on signs that a later rule takes away.
const RULES: readonly Rule[] = [
  [/&(amp|#38);/gi, '&'],
  [/&(lt|gt|quot|apos|nbsp);/gi, ' '],
  [/<\/?[a-z!?][^<>]*>/gi, ' '],
  [/\+\d[\d ().-]{5,}\d|\(?\b\d{3}\)?[ .-]?\d{3}[ .-]\d{4}\b|\b\d{3}-\d{4}\b|\b\d{7,}\b/g, digitByDigit],
  [
    /\b(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-HJ-NPR-Z0-9]{17}\b/g,
    (vin) => inGroups(vin, 4).map(spell).join(', '),
  ],
  [
    /\b(VIN|ABS|AWD|FWD|RWD|SUV|EV|AC|SMS|ETA)(s?)\b/g,
    (_, letters = '', plural = '') => spell(letters) + (plural && "'s"),
  ],
  [/\bA\/C\b/g, 'ay C'],
  [/\bisn't\b/gi, 'is not'],
  [
    /\b(1[3-9]|2[0-3]):([0-5]\d)\b(?! ?[ap]\.?m)/gi,
    (_, hour = '', minute) => `${Number(hour) - 12}:${minute} p.m.`,
  ],
  [/(?<=[\d.]) ?- ?(?=\d|noon)/gi, ' to '],
  [
    new RegExp(`\\b${DAY}\\.? ?- ?${DAY}\\b\\.?`, 'g'),
    (_, from = '', to = '') => `${DAYS[from]} to ${DAYS[to]}`,
  ],
  [new RegExp(`\\b(?!(?:Sun|Sat)\\b(?!\\.? ?\\d))${DAY}\\b\\.?`, 'g'), (_, day = '') => DAYS[day] ?? day],
  [new RegExp(`\\b${MONTH}\\b\\.?(?= ?\\d)`, 'g'), (_, month = '') => MONTHS[month] ?? month],
  [/\bBlvd\b\.?/gi, 'Boulevard'],
  [/\bRd\b\.?/g, 'Road'],
  [/\bSte\b\.?(?= ?\d)/g, 'Suite'],
  [/\bJr\b\.?/g, 'Junior'],
  [/\bhrs?\b\.?/gi, 'hours'],
  [/\bmins?\b\.?(?! of)/gi, 'minutes'],
  [/\bapprox\b\.?/gi, 'approximately'],
  [/\be\.g\./gi, 'for example'],
  [/(?<= )vs\b\.?/gi, 'versus'],
  [/\bNo\. ?(?=\d)/g, 'number '],
  [/#(?=\d)/g, 'number '],
  [/#/g, ' pound '],
  [/\*/g, ' star '],
  [/&/g, ' and '],
  [/@/g, ' at '],
  [/\+/g, ' plus '],
  [/=/g, ' equals '],
  [/(?<![\d/])1\/2(?![\d/])/g, 'a half'],
  [/ - |--+/g, ', '],
  [/[^\w\s.,;:!?'"$%-]|_/g, ' '],
  [new RegExp(`\\S{${LONGEST_WORD}}(?=\\S)`, 'g'), (run) => `${run} `],
];

function applyRule(text: string, [found, replacement]: Rule): string {
  return typeof replacement === 'string'
    ? text.replaceAll(found, replacement)
    : text.replaceAll(found, replacement);
}

/** Accents dropped, typographic signs as their plain cousins, everything else beyond ASCII a space. */
function ascii(text: string): string {
  return text
    .replaceAll(/[\u2018\u2019\u02bc]/g, "'")
    .replaceAll(/[\u2013\u2014\u2212]/g, ' - ')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^\x20-\x7e]/g, ' ');
}

// A lone A is taken for the article and said weakly.
function spell(word: string): string {
  return [...word].map((sign) => (sign === 'A' ? 'ay' : sign)).join(' ');
}

function inGroups(word: string, size: number): string[] {
  return word.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
}

/** A North American number as 3, 3 and 4 digits with pauses between, any other number in threes. */
function digitByDigit(number: string): string {
  const digits = number.replace(/\D/g, '');
  const parts = /^(1?)(\d{3})(\d{3})(\d{4})$/.exec(digits) ?? /^(\d{3})(\d{4})$/.exec(digits);
  const groups = parts ? parts.slice(1).filter(Boolean) : inGroups(digits, 3);
  return ` ${groups.map(spell).join(', ')}, `;
}

const LONG_WORD = /\S{31}/;

/**
 * What to tell whoever gives a name that callers do not hear as it is written: the voice reads English letters, with or without accents, digits
 * and signs. Null when it can say the name. `called`: what the name is, for the sentence.
 */
export function unspokenName(name: string, called = 'SHOP_NAME'): string | null {
  const said = speakable(name);
  const whatToDo = `Write ${called} in English letters, as callers are to hear it.`;
  if (said === '')
    return `The voice cannot say ${called} "${name}": callers would not hear it at all. ${whatToDo}`;
  if (hasUnsaid(name))
    return `The voice cannot say all of ${called} "${name}": callers hear "${said}". ${whatToDo}`;
  if (LONG_WORD.test(name))
    return `${called} "${name}" has a word of more than 30 letters: callers hear it in parts, as "${said}". ${whatToDo}`;
  return null;
}

/** A letter, digit or picture that is dropped; a missing dash or quotation mark is not heard. */
function hasUnsaid(name: string): boolean {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  return /[^\P{L}\p{ASCII}]|[^\P{N}\p{ASCII}]|[^\P{Emoji_Presentation}\p{ASCII}]/u.test(plain);
}
