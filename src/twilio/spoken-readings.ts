import { cardinal as smallCardinal, ordinal as smallOrdinal } from '../core/spelled-numbers.js';

const LETTERS = new Map(
  'ay bee see dee ee ef jee aich ai jay kay el em en oh pee kew ar es tee you vee doubleyou ex wy zee'
    .split(' ')
    .map((name, i) => [String.fromCharCode(97 + i), name]),
);
const TITLES = new Map([
  ['mr', 'mister'],
  ['mrs', 'missis'],
  ['ms', 'miss'],
  ['dr', 'doctor'],
]);

const EDGES = /^["'“‘([]+|["'”’)\],;:?!…]+$/g;
const MONEY = /^\$(\d{1,9})(?:\.(\d\d))?$/;
const CLOCK = /^(\d{1,2}):(\d\d)$/;
const INITIALS = /^(?:[A-Z]{2,4}|(?:[a-zA-Z]\.){2,})$/;
const ORDINAL = /^(\d{1,9})(?:st|nd|rd|th)$/;
const TELEPHONE = /^\+?\d*(?:-\d{3,})+$/;
const DIGITS = /\d{1,3}(?:,\d{3})+|\d+/g;
/** A longer number is no quantity. */
const MOST_DIGITS = 9;

/** The ways in which a word of a transcript may be read aloud, in plain words, the usual one first: "1250" as "twelve fifty", with its thousand, or digit by digit. */
export function readingsOf(word: string): readonly string[] {
  const bare = word.replace(EDGES, '');
  const [, dollars, cents] = MONEY.exec(bare.replace(/[,.]$|,(?=\d{3})/g, '')) ?? [];
  if (dollars !== undefined) return moneyReadings(cardinal(Number(dollars)), cents);
  const [, hours, minutes] = CLOCK.exec(bare.replace(/\.$/, '')) ?? [];
  if (minutes !== undefined) return clockReadings(cardinal(Number(hours)), Number(minutes));
  if (INITIALS.test(bare))
    return bare.includes('.') ? [spelled(bare.replaceAll('.', ''))] : [spelled(bare), bare];
  const [, nth] = ORDINAL.exec(bare) ?? [];
  if (nth !== undefined) return [ordinal(Number(nth))];
  const plain = bare.replace(/\.$/, '');
  const title = TITLES.get(plain.toLowerCase());
  if (title) return [title];
  if (TELEPHONE.test(plain)) return [digitByDigit(plain.replace(/\D/g, '')), ...numberReadings(plain)];
  return numberReadings(plain);
}

/** "AM", "p.m.", "BMW". */
export function isInitials(word: string): boolean {
  return INITIALS.test(word.replace(EDGES, ''));
}

function moneyReadings(dollars: string, cents: string | undefined): string[] {
  if (!cents) return [`${dollars} dollars`];
  const rest = cardinal(Number(cents));
  const ways = [`dollars and ${rest} cents`, `dollars ${rest} cents`, `dollars ${rest}`, rest];
  return ways.map((way) => `${dollars} ${way}`);
}

// Nobody says "zero minutes"; five past is "oh five".
function clockReadings(hours: string, minutes: number): string[] {
  if (minutes === 0) return [hours, `${hours} o'clock`];
  return [`${hours} ${minutes < 10 ? 'oh ' : ''}${cardinal(minutes)}`];
}

/** A word with digits in it; all its numbers are read in the same way. */
function numberReadings(word: string): string[] {
  const ways = (word.match(DIGITS) ?? []).map(digitsReadings);
  const most = Math.max(1, ...ways.map(({ length }) => length));
  return Array.from({ length: most }, (_, way) => {
    let at = 0;
    const read = word.replace(DIGITS, () => {
      const readings = ways[at++] ?? [];
      return ` ${readings[Math.min(way, readings.length - 1)]} `;
    });
    const letters = read.replace(/\b[A-Z](?=[ -]+[a-z])/g, spelled);
    return letters
      .replace(/[^\p{L}' ]/gu, ' ')
      .replace(/ +/g, ' ')
      .trim();
  });
}

/** Years and house numbers are mostly said in pairs, longer ones digit by digit. */
function digitsReadings(digits: string): string[] {
  const all = digits.replaceAll(',', '');
  if (all.length > MOST_DIGITS) return [digitByDigit(all)];
  const whole = cardinal(Number(all));
  if (digits.includes(',')) return [whole];
  if (digits.startsWith('0')) return [digitByDigit(digits)];
  if (digits.length < 3) return [whole];
  if (digits.length === 3) return [digitByDigit(digits), whole, inPairs(digits)];
  if (digits.length === 4) return [inPairs(digits), whole, digitByDigit(digits)];
  return [digitByDigit(digits), whole];
}

function inPairs(digits: string): string {
  const [first, last] = [digits.slice(0, -2), Number(digits.slice(-2))].map(Number);
  if (!last) return `${cardinal(first ?? 0)} hundred`;
  return `${cardinal(first ?? 0)} ${last < 10 ? 'oh ' : ''}${cardinal(last)}`;
}

function digitByDigit(digits: string): string {
  return [...digits].map((digit) => smallCardinal(Number(digit))).join(' ');
}

function spelled(letters: string): string {
  return [...letters.toLowerCase()].map((letter) => LETTERS.get(letter) ?? '').join(' ');
}

function cardinal(number: number): string {
  for (const [size, name] of [
    [1_000_000, 'million'],
    [1000, 'thousand'],
    [100, 'hundred'],
  ] as const) {
    const [count, rest] = [Math.floor(number / size), number % size];
    if (count > 0) return `${cardinal(count)} ${name}${rest > 0 ? ` ${cardinal(rest)}` : ''}`;
  }
  return apart(smallCardinal(number));
}

function ordinal(number: number): string {
  const rest = number % 100;
  if (number > 0 && rest === 0) return `${cardinal(number)}th`;
  const last = apart(smallOrdinal(rest));
  return number < 100 ? last : `${cardinal(number - rest)} ${last}`;
}

function apart(words: string): string {
  return words.replaceAll('-', ' ');
}
