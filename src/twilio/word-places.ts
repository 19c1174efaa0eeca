import { type Anchor, alignPauses } from './pause-alignment.js';
import { lettersOf } from './spoken-letters.js';
import type { VoicedAudio } from './voiced-audio.js';

/** Until a voice is known: slower than most, for a word that is not heard must not be taken for heard. */
const DEFAULT_MS_PER_LETTER = 70;
/** So many letters tell how fast a voice speaks. */
const TELLING_LETTERS = 20;
const KEPT_PACES = 5;
/** A shorter pause is one within words, or between any two. */
const PAUSE_MS = 85;
const CLAUSE_END = /[,;:–—]["'’”)\]]*$/;
const SENTENCE_END = /[.!?…]["'’”)\]]*$/;
const NO_SENTENCE_END = /^(?:[ap]\.m\.|mr\.|mrs\.|ms\.|dr\.|st\.|no\.)$/i;
/** By how much a word may end later than its place says: at least, and by this times the root of the way from places that are sure. */
const DOUBT_MS = 40;
const UNEVEN = 6;
/** The same behind the last place that is sure. What is known of the pace keeps it from going far astray. */
const UNEVEN_BEHIND = 4;
/** What is known of a voice counts as so many letters beside what it has said in this utterance. */
const KNOWN_LETTERS = 40;

/** How fast a voice speaks, learnt from what it has said whole. */
export class SpeakingPace {
  readonly #latest: number[] = [];

  /** That of late. */
  get msPerLetter(): number {
    const sum = this.#latest.reduce((all, each) => all + each, 0);
    return this.#latest.length > 0 ? sum / this.#latest.length : DEFAULT_MS_PER_LETTER;
  }

  learn(letters: number, voicedMs: number): void {
    if (letters < TELLING_LETTERS || voicedMs <= 0) return;
    this.#latest.push(voicedMs / letters);
    if (this.#latest.length > KEPT_PACES) this.#latest.shift();
  }
}

/** A word and its place in the audio, in ms. */
export interface PlacedWord {
  readonly word: string;
  readonly startMs: number;
  readonly endMs: number;
  /** By then it has been said for certain. Infinite: not in the audio that came. */
  readonly saidMs: number;
}

export interface SpokenAudio {
  readonly voice: VoicedAudio;
  /** No more audio will come. */
  readonly hasAllAudio: boolean;
  /** No more words will come. */
  readonly hasAllWords: boolean;
  readonly pace: SpeakingPace;
}

/**
 * Places words in their audio. A word takes its share of the voice by its letters, between places that are sure: the beginning,
 * pauses where sentences and clauses end, and the end when all words and all audio are there. Without the end the pace of the voice stands for it.
 */
export function placeWords(words: readonly string[], audio: SpokenAudio): PlacedWord[] {
  const letters = [0];
  for (const word of words) letters.push((letters.at(-1) ?? 0) + lettersOf(word));
  const line = new WordLine(words, letters, audio);
  return words.map((word, i) => line.place(word, i));
}

export function endsSentence(word: string): boolean {
  return SENTENCE_END.test(word) && !NO_SENTENCE_END.test(word);
}

class WordLine {
  readonly #letters: readonly number[];
  readonly #audio: SpokenAudio;
  readonly #anchors: Anchor[];
  readonly #isWhole: boolean;
  readonly #msPerLetter: number;

  constructor(words: readonly string[], letters: readonly number[], audio: SpokenAudio) {
    this.#letters = letters;
    this.#audio = audio;
    this.#isWhole = audio.hasAllAudio && audio.hasAllWords;
    this.#anchors = [{ word: 0, voicedMs: 0 }, ...this.#sure(words)];
    this.#msPerLetter = this.#paceBehind();
    if (this.#isWhole) this.#anchors.push({ word: words.length, voicedMs: audio.voice.voicedMs });
  }

  place(word: string, i: number): PlacedWord {
    const { voice, hasAllAudio } = this.#audio;
    const startVoiced = this.#voicedBefore(i);
    const endVoiced = this.#voicedBefore(i + 1);
    const startMs = voice.startOf(startVoiced);
    const endMs = voice.endOf(endVoiced);
    const isThere = endVoiced <= voice.voicedMs || hasAllAudio;
    return { word, startMs, endMs, saidMs: isThere ? endMs + this.#doubtAt(i + 1, endVoiced) : Infinity };
  }

  #voicedBefore(word: number): number {
    const next = this.#anchors.findIndex((anchor) => anchor.word >= word);
    const to = this.#anchors[next];
    if (to?.word === word) return to.voicedMs;
    const from = this.#anchors[next < 0 ? this.#anchors.length - 1 : next - 1] ?? { word: 0, voicedMs: 0 };
    const letters = this.#lettersBetween(from.word, word);
    if (!to) return from.voicedMs + letters * this.#msPerLetter;
    const share = letters / this.#lettersBetween(from.word, to.word);
    return from.voicedMs + share * (to.voicedMs - from.voicedMs);
  }

  #doubtAt(word: number, voicedMs: number): number {
    const after = this.#anchors.findIndex((anchor) => anchor.word >= word);
    const to = this.#anchors[after];
    if (to?.word === word) return DOUBT_MS;
    const from = this.#anchors[after < 0 ? this.#anchors.length - 1 : after - 1];
    const awayMs = voicedMs - (from?.voicedMs ?? 0);
    if (!to) return DOUBT_MS + UNEVEN_BEHIND * Math.sqrt(Math.max(0, awayMs));
    const leftMs = Math.max(0, to.voicedMs - voicedMs);
    return DOUBT_MS + UNEVEN * Math.sqrt((awayMs * leftMs) / Math.max(1, awayMs + leftMs));
  }

  /** The pauses that are those of the punctuation. */
  #sure(words: readonly string[]): Anchor[] {
    const { voice, pace } = this.#audio;
    const last = words.length - 1;
    const breaks = words.flatMap((word, i) => {
      if ((i === last && this.#isWhole) || !(endsSentence(word) || CLAUSE_END.test(word))) return [];
      return [{ word: i + 1, letters: this.#letters[i + 1] ?? 0, endsSentence: endsSentence(word) }];
    });
    const pauses = voice
      .pauses(PAUSE_MS)
      .map(({ startMs, endMs, voicedMs }) => ({ lengthMs: endMs - startMs, voicedMs }));
    const end = { letters: this.#letters.at(-1) ?? 0, voicedMs: voice.voicedMs };
    return alignPauses(breaks, pauses, { msPerLetter: pace.msPerLetter, end: this.#isWhole ? end : null });
  }

  #paceBehind(): number {
    const { msPerLetter } = this.#audio.pace;
    const last = this.#anchors.at(-1);
    const letters = last ? this.#lettersBetween(0, last.word) : 0;
    if (!last || letters < TELLING_LETTERS) return msPerLetter;
    return (last.voicedMs + msPerLetter * KNOWN_LETTERS) / (letters + KNOWN_LETTERS);
  }

  #lettersBetween(from: number, to: number): number {
    return (this.#letters[to] ?? 0) - (this.#letters[from] ?? 0);
  }
}
