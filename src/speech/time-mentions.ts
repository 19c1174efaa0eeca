import { DAY_READERS } from './day-mentions.js';
import { PARTS_OF_DAY } from './heard-day.js';
import { one, phraseAt, type Read, type Reader, type TimeMention, textAt } from './mention.js';
import type { Word } from './number-words.js';

const DURATION =
  /^(minutes?|hours?|days?|weeks?|months?|miles?|percent|points?|tires|wheels|cars|vehicles|bays)$/;

/** Everything that the words say of days and times, in their order. What could be part of a time and is not understood is told as `number`. */
export function timeMentions(words: readonly Word[]): readonly TimeMention[] {
  const found: TimeMention[] = [];
  let at = 0;
  while (at < words.length) {
    const read = firstOf(words, at);
    found.push(...(read?.mentions ?? []));
    at += read?.words ?? 1;
  }
  return found;
}

function firstOf(words: readonly Word[], at: number): Read | null {
  for (const reader of READERS) {
    const read = reader(words, at);
    if (read) return read;
  }
  return null;
}

/** `half past nine`, `a quarter to ten`, `ten past nine`, `twenty minutes to ten`. */
function pastOrTo(words: readonly Word[], at: number): Read | null {
  const text = textAt(words, at);
  const minutes = text === 'half' ? 30 : text === 'quarter' ? 15 : (words[at]?.value ?? null);
  if (minutes === null || minutes < 1 || minutes > 59 || words[at]?.isOrdinal) return null;
  const unit = /^minutes?$/.test(textAt(words, at + 1)) ? 1 : 0;
  const sign = /^(past|after)$/.test(textAt(words, at + 1 + unit))
    ? 1
    : /^(to|before|till)$/.test(textAt(words, at + 1 + unit))
      ? -1
      : 0;
  const hour = hourAt(words, at + 2 + unit);
  if (sign === 0 || hour === null) return null;
  // "From eight to five" is no twenty-four minutes to anything.
  if (sign < 0 && unit === 0 && minutes % 5 !== 0) return null;
  const shown =
    sign > 0 ? { hour, minute: minutes } : { hour: hour === 1 ? 12 : hour - 1, minute: 60 - minutes };
  return clock(shown, words, at, 3 + unit);
}

/** `9:30`, `nine thirty`, `nine oh five`, `nine o'clock`, `9 am`, `at nine`, `nine in the morning`, `noon`. */
function clockTime(words: readonly Word[], at: number): Read | null {
  const text = textAt(words, at);
  const written = /^(\d{1,2}):(\d\d)$/.exec(text);
  if (written) return clock({ hour: Number(written[1]), minute: Number(written[2]) }, words, at, 1);
  if (/^(noon|midday)$/.test(text)) return one({ kind: 'clock', hour: 12, minute: 0, half: 'pm' }, 1);
  if (text === 'midnight') return one({ kind: 'clock', hour: 12, minute: 0, half: 'am' }, 1);
  const hour = hourAt(words, at);
  if (hour === null) return null;
  if (hour === 12 && /^(noon|midday|midnight)$/.test(textAt(words, at + 1)))
    return { mentions: [], words: 1 };
  if (textAt(words, at + 1) === "o'clock") return clock({ hour, minute: 0 }, words, at, 2);
  const [minute, taken] = minuteAt(words, at + 1);
  if (minute !== null) return clock({ hour, minute }, words, at, 1 + taken);
  const isTold =
    /^(at|for|@|by|around)$/.test(textAt(words, at - 1)) && !DURATION.test(textAt(words, at + 1));
  return isTold || halfAt(words, at + 1) || partAt(words, at + 1)
    ? clock({ hour, minute: 0 }, words, at, 1)
    : null;
}

/** With what follows it: `am`, `in the afternoon`. */
function clock(
  { hour, minute }: { hour: number; minute: number },
  words: readonly Word[],
  at: number,
  taken: number,
): Read {
  const half = halfAt(words, at + taken);
  const isReal = hour <= 24 && minute < 60 && !(half && (hour > 12 || hour < 1));
  if (!isReal) return one({ kind: 'number' }, taken);
  return one({ kind: 'clock', hour, minute, half }, taken + (half ? 1 : 0));
}

function partOfDay(words: readonly Word[], at: number): Read | null {
  const part = [...PARTS_OF_DAY, 'night' as const].find((each) => each === textAt(words, at));
  // "Good morning" is no time.
  return part === undefined || textAt(words, at - 1) === 'good' ? null : one({ kind: 'part', part }, 1);
}

/** Lengths of time, years of cars, the pronoun "one": no times. */
function harmless(words: readonly Word[], at: number): Read | null {
  const word = words[at];
  if (!word || word.value === null) return null;
  const [before, after] = [textAt(words, at - 1), textAt(words, at + 1)];
  const isClock = /^(past|after|to|before|till)$/.test(textAt(words, at + 2));
  if (word.value < 100 && DURATION.test(after) && !isClock) return { mentions: [], words: 2 };
  if (/^(19|20)\d\d$/.test(word.text) && /^[a-z]+$/.test(after) && !/^(at|on|in|for|is|and|or)$/.test(after))
    return { mentions: [], words: 1 };
  // "First, …", "just a second"; of a day they stand behind "the" or a month.
  if (/^(first|second)$/.test(word.text)) return { mentions: [], words: 1 };
  const isPronoun = word.text === 'one' && /^(this|that|no|any|every|the|which|a|new)$/.test(before);
  return isPronoun || (word.text === 'one' && after === 'moment') ? { mentions: [], words: 1 } : null;
}

/** Any other number, also one within a word. */
function anyNumber(words: readonly Word[], at: number): Read | null {
  const word = words[at];
  const isModel = /^[a-z]+-?\d+[a-z]*$/.test(word?.text ?? '');
  const isNumber = word !== undefined && (word.value !== null || /\d/.test(word.text)) && !isModel;
  return isNumber ? one({ kind: 'number' }, 1) : null;
}

const READERS: readonly Reader[] = [...DAY_READERS, harmless, pastOrTo, clockTime, partOfDay, anyNumber];

function hourAt(words: readonly Word[], at: number): number | null {
  const word = words[at];
  return word?.value && !word.isOrdinal && word.value <= 12 ? word.value : null;
}

/** The minute, and how many words it takes. */
function minuteAt(words: readonly Word[], at: number): readonly [number | null, number] {
  const word = words[at];
  if (word && /^(oh|o)$/.test(word.text)) {
    const unit = words[at + 1]?.value ?? null;
    return unit !== null && unit >= 1 && unit <= 9 ? [unit, 2] : [null, 0];
  }
  const isMinute =
    word?.value !== null && word !== undefined && !word.isOrdinal && word.value >= 10 && word.value <= 59;
  return isMinute && !DURATION.test(textAt(words, at + 1)) ? [word.value, 1] : [null, 0];
}

function halfAt(words: readonly Word[], at: number): 'am' | 'pm' | null {
  const text = textAt(words, at);
  return text === 'am' || text === 'pm' ? text : null;
}

function partAt(words: readonly Word[], at: number): boolean {
  return phraseAt(words, at, 'in the') || phraseAt(words, at, 'at night');
}
