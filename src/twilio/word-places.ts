import type { Pause, VoicedAudio } from './voiced-audio.js';

/** Until a voice is known: slower than most, for a word that is not heard must not be taken for heard. */
const DEFAULT_MS_PER_LETTER = 70;
/** So many letters tell how fast a voice speaks. */
const TELLING_LETTERS = 20;
const KEPT_PACES = 5;
/** A pause after a sentence is at least so long. */
const SENTENCE_PAUSE_MS = 150;
const SENTENCE_END = /[.!?…]["'’”)\]]*$/;
const NO_SENTENCE_END = /^(?:[ap]\.m\.|mr\.|mrs\.|ms\.|dr\.|st\.|no\.)$/i;
/** By how much a word may end later than its place says: at least, and of the way to the next place that is sure. */
const DOUBT_MS = 40;
const DOUBT_SHARE = 0.08;
/** The same where the pace tells the place, which is that of a slow moment already. */
const DOUBT_SHARE_BY_PACE = 0.02;

/** How fast a voice speaks, learnt from what it has said whole. */
export class SpeakingPace {
  readonly #latest: number[] = [];

  /** The slowest of late. */
  get msPerLetter(): number {
    return this.#latest.length > 0 ? Math.max(...this.#latest) : DEFAULT_MS_PER_LETTER;
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

/** A place that is sure: before the word of that number the voice had been heard for so long. */
interface Anchor {
  readonly word: number;
  readonly voicedMs: number;
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
 * Places words in their audio. A word takes its share of the voice by its letters, between places that are sure: the beginning, long
 * pauses where sentences end, and the end when all words and all audio are there. Without the end the pace of the voice stands for it.
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

// A digit is said as a word, and nobody says a comma.
export function lettersOf(word: string): number {
  const digits = word.replace(/\D/g, '').length;
  const others = word.replace(/[\d\p{P}\p{S}]/gu, '').length;
  return Math.max(2, others + 4 * digits);
}

class WordLine {
  readonly #letters: readonly number[];
  readonly #audio: SpokenAudio;
  readonly #anchors: Anchor[] = [{ word: 0, voicedMs: 0 }];
  readonly #isWhole: boolean;
  readonly #msPerLetter: number;

  constructor(words: readonly string[], letters: readonly number[], audio: SpokenAudio) {
    this.#letters = letters;
    this.#audio = audio;
    this.#isWhole = audio.hasAllAudio && audio.hasAllWords;
    const pauses = audio.voice.pauses(SENTENCE_PAUSE_MS);
    const last = words.length - 1;
    for (const [i, word] of words.entries())
      if (endsSentence(word) && (i < last || !this.#isWhole)) this.#anchorAt(i + 1, pauses);
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
    const away = this.#anchors.map((anchor) => Math.abs(anchor.voicedMs - voicedMs));
    const isSure = this.#anchors.some((anchor) => anchor.word === word);
    if (isSure) return DOUBT_MS;
    const isBetween = word < (this.#anchors.at(-1)?.word ?? 0);
    return DOUBT_MS + (isBetween ? DOUBT_SHARE : DOUBT_SHARE_BY_PACE) * Math.min(...away);
  }

  /** The pause, if any, that the end of a sentence is taken for: long, and near to where the letters say. */
  #anchorAt(word: number, pauses: readonly Pause[]): void {
    const { voice } = this.#audio;
    const from = this.#anchors.at(-1) ?? { word: 0, voicedMs: 0 };
    const letters = this.#lettersBetween(from.word, word);
    const left = this.#lettersBetween(from.word, this.#letters.length - 1);
    const msPerLetter = this.#isWhole ? (voice.voicedMs - from.voicedMs) / left : this.#paceBehind();
    const expected = from.voicedMs + letters * msPerLetter;
    const tolerance = (this.#isWhole ? 0.15 : 0.3) * (expected - from.voicedMs) + 200;
    const scored = pauses.flatMap(({ startMs, endMs, voicedMs }) => {
      const offMs = Math.abs(voicedMs - expected);
      if (offMs > tolerance || voicedMs <= from.voicedMs) return [];
      return [{ voicedMs, score: Math.min(endMs - startMs, 500) - offMs / 2 }];
    });
    const best = scored.reduce<(typeof scored)[number] | null>(
      (most, each) => (most && most.score >= each.score ? most : each),
      null,
    );
    if (best) this.#anchors.push({ word, voicedMs: best.voicedMs });
  }

  // What was said so far tells it best.
  #paceBehind(): number {
    const last = this.#anchors.at(-1);
    const letters = last ? this.#lettersBetween(0, last.word) : 0;
    if (last && letters >= TELLING_LETTERS) return (last.voicedMs / letters) * 1.05;
    return this.#audio.pace.msPerLetter;
  }

  #lettersBetween(from: number, to: number): number {
    return (this.#letters[to] ?? 0) - (this.#letters[from] ?? 0);
  }
}
