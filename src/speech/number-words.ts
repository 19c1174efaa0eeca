import { cardinal, ordinal } from '../core/spelled-numbers.js';

/** One word of a text, in lower case. `value`: the number that it is; `isOrdinal`: as `30th`, `thirtieth`. */
export interface Word {
  readonly text: string;
  readonly value: number | null;
  readonly isOrdinal: boolean;
}

const CARDINALS = new Map(Array.from({ length: 100 }, (_, number) => [cardinal(number), number]));
const ORDINALS = new Map(Array.from({ length: 100 }, (_, number) => [ordinal(number), number]));
const UNITS = 10;

/**
 * The words of a text with the numbers among them, whether written in digits or in words: `nine thirty` is 9 and 30, `twenty-fourth` and `24th` are
 * one ordinal, `9:30`, `11/30` and `2026-11-30` stay one word. Marks that end a sentence are words of their own.
 */
export function wordsOf(text: string): readonly Word[] {
  const words = spelledOut(text)
    .split(' ')
    .filter((word) => word !== '')
    .map(wordOf);
  return words.reduce<Word[]>((joined, word) => {
    const before = joined.at(-1);
    const sum = before ? joinedTens(before, word) : null;
    if (sum) joined[joined.length - 1] = sum;
    else joined.push(word);
    return joined;
  }, []);
}

/** In lower case and plain signs; words and marks apart from each other by spaces. */
function spelledOut(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/\b([ap])\.\s?m\b\.?/g, '$1m')
    .replace(/(\d)\s?([ap]m)\b/g, '$1 $2')
    .replace(/(\d)\.(\d\d)\b(?!\.?\d)/g, '$1:$2')
    .replace(/(?<=[a-z])-(?=[a-z])/g, ' ')
    .replace(/([.!?;,])(?=\s|$)/g, ' $1 ')
    .replace(/["()[\]*_]/g, ' ')
    .replace(/\s+/g, ' ');
}

function wordOf(text: string): Word {
  const digits = /^(\d{1,4})(st|nd|rd|th)?$/.exec(text);
  if (digits) return { text, value: Number(digits[1]), isOrdinal: digits[2] !== undefined };
  const nth = ORDINALS.get(text);
  if (nth !== undefined) return { text, value: nth, isOrdinal: true };
  return { text, value: CARDINALS.get(text) ?? null, isOrdinal: false };
}

/** `twenty` and `four`, or `twenty` and `fourth`, are one number. Digits are never joined. */
function joinedTens(tens: Word, unit: Word): Word | null {
  if (tens.value === null || unit.value === null || tens.isOrdinal) return null;
  const areWords = !/\d/.test(tens.text + unit.text);
  const isTens = tens.value >= 2 * UNITS && tens.value % UNITS === 0 && tens.value < 100;
  if (!areWords || !isTens || unit.value < 1 || unit.value >= UNITS) return null;
  return { text: `${tens.text} ${unit.text}`, value: tens.value + unit.value, isOrdinal: unit.isOrdinal };
}
