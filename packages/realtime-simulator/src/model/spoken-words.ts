import { MULAW_BYTES_PER_MS } from '../audio/mulaw.js';
import { type Spoken, wordsOf } from '../audio/tone-voice.js';

/** A word in the audio of an item. */
export interface WordTime {
  readonly responseId: string;
  readonly itemId: string;
  readonly word: string;
  /** In the item's audio: when the word before it has been said, and when this one has. */
  readonly startMs: number;
  readonly endMs: number;
}

/** Without a time of its own for each word, so much of them is told ahead of the sound. */
const SHARE_AHEAD = 0.3;

/** The words of one `say`, and when each is due. */
export class SpokenWords {
  readonly #pieces: readonly string[];
  readonly #words: readonly string[];
  readonly #endsMs: readonly number[];
  readonly #lengthMs: number;
  #told = 0;

  /** `joined`: words of the same item go before. */
  constructor(text: string, spoken: Spoken, joined: boolean) {
    this.#words = wordsOf(text);
    const pieces = text === '' ? [] : text.split(/(?<=\s)(?=\S)/);
    this.#pieces = joined ? pieces.map((piece, at) => (at === 0 ? ` ${piece}` : piece)) : pieces;
    this.#lengthMs = spoken.audio.length / MULAW_BYTES_PER_MS;
    const { wordEndsMs: endsMs } = spoken;
    this.#endsMs = endsMs?.length === this.#words.length ? endsMs : byLetters(this.#words, this.#lengthMs);
  }

  /** The words that are due when audio up to `sentMs` goes out. */
  due(sentMs: number, aheadMs: number | undefined): string {
    const count =
      aheadMs === undefined
        ? Math.ceil(this.#pieces.length * Math.min(1, sentMs / this.#lengthMs + SHARE_AHEAD))
        : this.#endsMs.filter((endMs) => endMs - aheadMs <= sentMs).length;
    return this.#next(count);
  }

  /** All that were not told. */
  rest(): string {
    return this.#next(this.#pieces.length);
  }

  /** `offsetMs`: so much audio of the item goes before. */
  times(place: { responseId: string; itemId: string }, offsetMs: number): WordTime[] {
    return this.#words.map((word, at) => ({
      ...place,
      word,
      startMs: offsetMs + (this.#endsMs[at - 1] ?? 0),
      endMs: offsetMs + (this.#endsMs[at] ?? 0),
    }));
  }

  #next(count: number): string {
    const words = this.#pieces.slice(this.#told, count).join('');
    this.#told = Math.max(this.#told, count);
    return words;
  }
}

function byLetters(words: readonly string[], lengthMs: number): number[] {
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  let passed = 0;
  return words.map((word) => {
    passed += word.length;
    return (passed / letters) * lengthMs;
  });
}
