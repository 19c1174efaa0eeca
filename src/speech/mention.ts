import type { PartOfDay } from './heard-day.js';
import type { Word } from './number-words.js';

/** What a text says of a day or a time. */
export type TimeMention =
  | {
      readonly kind: 'clock';
      readonly hour: number;
      readonly minute: number;
      readonly half: 'am' | 'pm' | null;
    }
  | { readonly kind: 'part'; readonly part: PartOfDay | 'night' }
  /** Monday is 1. `isNext`: that of the week to come, in one way of speaking. */
  | { readonly kind: 'weekday'; readonly weekday: number; readonly isNext: boolean }
  /** So many days from today. */
  | { readonly kind: 'ahead'; readonly days: number }
  /** So many weeks from this one, by the calendar. */
  | { readonly kind: 'week'; readonly weeks: number }
  /** `month` and `year` where they are said. */
  | {
      readonly kind: 'date';
      readonly day: number | null;
      readonly month: number | null;
      readonly year: number | null;
    }
  /** A number that is not understood: it may be part of a time. */
  | { readonly kind: 'number' };

/** A mention that was read at a place of the text, and how many words it takes. */
export interface Read {
  readonly mentions: readonly TimeMention[];
  readonly words: number;
}

export type Reader = (words: readonly Word[], at: number) => Read | null;

export function textAt(words: readonly Word[], at: number): string {
  return words[at]?.text ?? '';
}

export function phraseAt(words: readonly Word[], at: number, phrase: string): boolean {
  return phrase.split(' ').every((text, index) => textAt(words, at + index) === text);
}

export function one(mention: TimeMention, words: number): Read {
  return { mentions: [mention], words };
}
