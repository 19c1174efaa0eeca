const ONES = [4, 3, 3, 5, 4, 4, 3, 5, 5, 4, 3, 6, 6, 8, 8, 7, 7, 9, 8, 8];
const TENS = [0, 0, 6, 6, 5, 5, 5, 7, 6, 6];
const HUNDRED = 7;
const THOUSAND = 8;
const DOLLARS = 7;
const AND_CENTS = 8;
/** The name of a letter takes about so long. */
const LETTER_NAME = 3;
/** No word is said faster than this. */
const LEAST = 2;

const MONEY = /^\$(\d{1,6})(?:\.(\d\d))?$/;
const CLOCK = /^(\d{1,2}):(\d\d)$/;
const INITIALS = /^(?:[A-Z]{2,4}|(?:[a-zA-Z]\.){2,})$/;

/** How long a word of a transcript is when it is said, in letters: numbers count as their words, initials as the names of their letters, punctuation as nothing. */
export function lettersOf(word: string): number {
  return lettersRead(word, digitsLetters);
}

/** The same with its numbers read in the longest way: "1250" not in pairs but with its thousand. */
export function mostLettersOf(word: string): number {
  return lettersRead(word, (digits) => Math.max(digitsLetters(digits), wholeLetters(digits)));
}

function lettersRead(word: string, lettersOfDigits: (digits: string) => number): number {
  const bare = word.replace(/^["'“‘([]+|["'”’)\],;:?!…]+$/g, '');
  const [, dollars, cents] = MONEY.exec(bare.replace(/[,.]$|,(?=\d{3})/g, '')) ?? [];
  if (dollars !== undefined)
    return numberLetters(Number(dollars)) + DOLLARS + (cents ? AND_CENTS + numberLetters(Number(cents)) : 0);
  const [, hours, minutes] = CLOCK.exec(bare.replace(/\.$/, '')) ?? [];
  if (minutes !== undefined) return numberLetters(Number(hours)) + minuteLetters(Number(minutes));
  const letters = bare.replace(/[\d\p{P}\p{S}]/gu, '').length;
  if (INITIALS.test(bare)) return LETTER_NAME * letters;
  const numbers = bare.match(/\d{1,3}(?:,\d{3})+|\d+/g) ?? [];
  return Math.max(
    LEAST,
    numbers.reduce((sum, digits) => sum + lettersOfDigits(digits), letters),
  );
}

// Nobody says "zero minutes"; five past is "oh five".
function minuteLetters(minutes: number): number {
  if (minutes === 0) return 0;
  return numberLetters(minutes) + (minutes < 10 ? 2 : 0);
}

/** A number as it is mostly said: years and house numbers in pairs, longer ones digit by digit. */
function digitsLetters(digits: string): number {
  if (digits.includes(',') || digits.length < 3) return wholeLetters(digits);
  if (digits.length === 4)
    return numberLetters(Number(digits.slice(0, 2))) + numberLetters(Number(digits.slice(2)));
  return [...digits].reduce((sum, digit) => sum + (ONES[Number(digit)] ?? 0), 0);
}

function wholeLetters(digits: string): number {
  return numberLetters(Number(digits.replaceAll(',', '')));
}

/** Letters of a number's words; in millions and beyond those of its thousands. */
function numberLetters(number: number): number {
  if (number >= 1000) {
    const rest = number % 1000;
    return numberLetters(Math.floor(number / 1000)) + THOUSAND + (rest > 0 ? numberLetters(rest) : 0);
  }
  if (number >= 100) {
    const rest = number % 100;
    return numberLetters(Math.floor(number / 100)) + HUNDRED + (rest > 0 ? numberLetters(rest) : 0);
  }
  if (number < 20) return ONES[number] ?? 0;
  return (TENS[Math.floor(number / 10)] ?? 0) + (number % 10 > 0 ? (ONES[number % 10] ?? 0) : 0);
}
