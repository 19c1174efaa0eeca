import { type Anchor, alignPauses } from './pause-alignment.js';
import { lettersOf, mostLettersOf } from './spoken-letters.js';
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
/** By so many letters the last word before a pause is drawn out. */
const DRAWN_OUT = 1;
/** What so many ms of a voice say is off by this times their root: until more is known, which counts as so many utterances. */
const DEFAULT_UNEVEN = 4;
const DEFAULT_COUNTS = 3;
const KEPT_OFFS = 24;
/** What is more off was misread, such as a number said in another way. */
const MOST_UNEVEN = 8;
/** By how much a word may end later than its place says: at least, and by so many times what is usual for the voice. */
const DOUBT_MS = 40;
const USUAL_TIMES = 1.75;
/** The same behind the last place that is sure. What is known of the pace keeps it from going far astray. */
const USUAL_TIMES_BEHIND = 1.5;
/** What is known of a voice counts as so many letters beside what it has said in this utterance. */
const KNOWN_LETTERS = 40;

/** How fast and how evenly a voice speaks, learnt from what it has said whole. */
export class SpeakingPace {
  readonly #latest: number[] = [];
  /** Squares of how far it was off. */
  readonly #offs: number[] = [];

  /** That of late. */
  get msPerLetter(): number {
    const sum = this.#latest.reduce((all, each) => all + each, 0);
    return this.#latest.length > 0 ? sum / this.#latest.length : DEFAULT_MS_PER_LETTER;
  }

  /** What it says in so many ms (voiced) is usually off by this times their root. */
  get unevenness(): number {
    const sum = this.#offs.reduce((all, each) => all + each, DEFAULT_COUNTS * DEFAULT_UNEVEN ** 2);
    return Math.sqrt(sum / (DEFAULT_COUNTS + this.#offs.length));
  }

  /** `offs`: by how much, in that measure, it was off at places within that are sure. */
  learn(letters: number, voicedMs: number, offs: readonly number[]): void {
    if (letters < TELLING_LETTERS || voicedMs <= 0) return;
    const off = (voicedMs - letters * this.msPerLetter) / Math.sqrt(voicedMs);
    this.#offs.push(
      ...[...(this.#latest.length > 0 ? [off] : []), ...offs].map((each) =>
        Math.min(each ** 2, MOST_UNEVEN ** 2),
      ),
    );
    this.#offs.splice(0, this.#offs.length - KEPT_OFFS);
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
  const line = new WordLine(words, audio);
  return words.map((word, i) => line.place(word, i));
}

/** The pace learns from words that are all there with all their audio. */
export function learnPace(words: readonly string[], audio: SpokenAudio): void {
  new WordLine(words, audio).teach();
}

export function endsSentence(word: string): boolean {
  return SENTENCE_END.test(word) && !NO_SENTENCE_END.test(word);
}

function endsPhrase(word: string): boolean {
  return endsSentence(word) || CLAUSE_END.test(word);
}

class WordLine {
  /** Of all words before each. */
  readonly #letters: readonly number[];
  /** How many more they have if their numbers are read in a longer way. */
  readonly #unsure: readonly number[];
  readonly #audio: SpokenAudio;
  readonly #anchors: Anchor[];
  readonly #isWhole: boolean;
  readonly #msPerLetter: number;
  readonly #earlyMs: number;

  constructor(words: readonly string[], audio: SpokenAudio) {
    this.#letters = sums(words.map((word) => lettersOf(word) + (endsPhrase(word) ? DRAWN_OUT : 0)));
    this.#unsure = sums(words.map((word) => mostLettersOf(word) - lettersOf(word)));
    this.#audio = audio;
    this.#isWhole = audio.hasAllAudio && audio.hasAllWords;
    this.#anchors = [{ word: 0, voicedMs: 0 }, ...this.#sure(words)];
    this.#msPerLetter = this.#paceBehind();
    this.#earlyMs = this.#earlyOf();
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

  teach(): void {
    const { voice, pace } = this.#audio;
    const letters = this.#letters.at(-1) ?? 0;
    const offs = this.#anchors.slice(1, -1).map(({ word, voicedMs }) => {
      const shareMs = ((this.#letters[word] ?? 0) / letters) * voice.voicedMs;
      return (voicedMs - shareMs) / Math.sqrt(bridge(shareMs, voice.voicedMs - shareMs));
    });
    pace.learn(letters, voice.voicedMs, offs);
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
    const isByLast = after < 0 || after === this.#anchors.length - 1;
    const least = DOUBT_MS + (isByLast ? this.#earlyMs : 0);
    if (to?.word === word) return least;
    const from = this.#anchors[after < 0 ? this.#anchors.length - 1 : after - 1];
    const awayMs = voicedMs - (from?.voicedMs ?? 0);
    const usual = this.#audio.pace.unevenness;
    const unsure = (this.#unsure[word] ?? 0) - (this.#unsure[from?.word ?? 0] ?? 0);
    if (!to)
      return least + unsure * this.#msPerLetter + USUAL_TIMES_BEHIND * usual * Math.sqrt(Math.max(0, awayMs));
    const leftMs = Math.max(0, to.voicedMs - voicedMs);
    return least + USUAL_TIMES * usual * Math.sqrt(bridge(awayMs, leftMs));
  }

  /** While more is to come, the last place that is sure may be that of an earlier pause: by how much it comes before where the pace puts it. */
  #earlyOf(): number {
    const [before, last] = this.#anchors.slice(-2);
    if (this.#isWhole || !before || !last) return 0;
    const letters = this.#lettersBetween(before.word, last.word);
    return Math.max(0, before.voicedMs + letters * this.#audio.pace.msPerLetter - last.voicedMs);
  }

  /** The pauses that are those of the punctuation. */
  #sure(words: readonly string[]): Anchor[] {
    const { voice, pace } = this.#audio;
    const last = words.length - 1;
    const breaks = words.flatMap((word, i) => {
      if ((i === last && this.#isWhole) || !endsPhrase(word)) return [];
      const place = { letters: this.#letters[i + 1] ?? 0, unsure: this.#unsure[i + 1] ?? 0 };
      return [{ word: i + 1, ...place, endsSentence: endsSentence(word) }];
    });
    const pauses = voice
      .pauses(PAUSE_MS)
      .map(({ startMs, endMs, voicedMs }) => ({ lengthMs: endMs - startMs, voicedMs }));
    const end = {
      letters: this.#letters.at(-1) ?? 0,
      unsure: this.#unsure.at(-1) ?? 0,
      voicedMs: voice.voicedMs,
    };
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

/** Between two places that are sure, what is off at one so far from both counts as this many ms. */
function bridge(awayMs: number, leftMs: number): number {
  return (awayMs * leftMs) / Math.max(1, awayMs + leftMs);
}

function sums(numbers: readonly number[]): readonly number[] {
  const all = [0];
  for (const number of numbers) all.push((all.at(-1) ?? 0) + number);
  return all;
}
