import { isInitials, readingsOf } from './spoken-readings.js';

/** The name of a letter takes about so long. */
const LETTER_NAME = 3;
/** No word is said faster than this. */
const LEAST = 2;

/** How long a word of a transcript is when it is said, in letters: numbers count as their words, initials as the names of their letters, punctuation as nothing. */
export function lettersOf(word: string): number {
  return isInitials(word) ? LETTER_NAME * count(word) : count(readingsOf(word)[0] ?? '');
}

/** The same with its numbers read in the longest way: "1250" not in pairs but with its thousand. */
export function mostLettersOf(word: string): number {
  return isInitials(word) ? lettersOf(word) : Math.max(...readingsOf(word).map(count));
}

function count(text: string): number {
  return Math.max(LEAST, text.replace(/\P{L}/gu, '').length);
}
