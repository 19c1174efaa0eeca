import { BYTES_PER_MS, FRAME_BYTES } from '../audio/mulaw.js';
import { type HeardSounds, hearSounds } from './heard-sounds.js';
import { KeptAudio } from './kept-audio.js';
import { VoicedAudio } from './voiced-audio.js';
import { alignWords } from './word-alignment.js';
import {
  endsSentence,
  learnPace,
  type PlacedWord,
  placeWords,
  type SpeakingPace,
  type SpokenAudio,
} from './word-places.js';
import type { SpokenWords } from './words-heard.js';

/** So much audio that was sent is kept, for what of it must be said again. */
const KEPT_BYTES = 60_000 * BYTES_PER_MS;
/** The sounds of more audio are not told apart: a second takes a millisecond. */
const MOST_HEARD_MS = 20_000;
/** Of a sentence with more words a clause can be said again alone. */
const LONG_SENTENCE = 12;
const CLAUSE_END = /[,;:–—]["'’”)\]]*$/;
/** A place to cut the audio is looked for so near to where the words say. */
const NEAR_MS = 500;
const CUT_PAUSE_MS = 30;
/** So much of the pause before a sentence stays with it. */
const LEAD_IN_MS = 40;

/** A part of the utterance that the transcript is about, in bytes of the utterance. */
interface Stretch {
  readonly startByte: number;
  endByte: number;
  /** Where it begins in the audio of the transcript alone. */
  readonly ownByte: number;
}

/** What can be said again. */
interface RestPiece {
  readonly startByte: number;
  readonly text: string;
  readonly audio: Buffer;
  readonly wordEndsMs: readonly number[];
}

/**
 * The audio of an utterance that came without words, and the words that came for it: before it, after it, or never.
 */
export class Transcript {
  readonly #pace: SpeakingPace;
  readonly #voice = new VoicedAudio();
  readonly #stretches: Stretch[] = [];
  readonly #kept = new KeptAudio();
  #words: readonly string[] = [];
  #hasAllWords = false;
  #hasAllAudio = false;
  #begun = 0;
  #placed: PlacedWord[] | null = null;
  /** The sounds of all its audio; null where it is no speech, or long. */
  #heard: HeardSounds | null = null;
  #aligned: PlacedWord[] | null = null;

  constructor(pace: SpeakingPace) {
    this.#pace = pace;
  }

  /** All words known. */
  get text(): string {
    return this.#words.join(' ');
  }

  get isComplete(): boolean {
    return this.#hasAllWords;
  }

  /** Audio that lies in the utterance from `startByte` on. */
  push(audio: Buffer, startByte: number): void {
    const last = this.#stretches.at(-1);
    if (last?.endByte === startByte) last.endByte += audio.length;
    else this.#stretches.push({ startByte, endByte: startByte + audio.length, ownByte: this.#kept.bytes });
    this.#kept.push(audio);
    this.#voice.push(audio);
    this.#placed = null;
  }

  /** No more audio comes. */
  end(): void {
    this.#hasAllAudio = true;
    this.#onChange();
  }

  /** Replaces the words. Returns whether they are others than before; false, too, once they are complete. */
  tell(text: string, isComplete: boolean): boolean {
    if (this.#hasAllWords) return false;
    const words = text.split(/\s+/).filter(Boolean);
    const isNew = words.join(' ') !== this.text;
    this.#words = words;
    this.#hasAllWords = isComplete;
    this.#onChange();
    return isNew || isComplete;
  }

  /** The words that begin in this part of the utterance and were not told before; those that come when their audio is out are not told. */
  begun(fromByte: number, toByte: number): { text: string; startByte: number; bytes: number }[] {
    const placed = this.#places();
    const [from, to] = [this.#ownByte(fromByte), this.#ownByte(toByte)];
    const first = this.#begun;
    while (this.#begun < placed.length && bytesOf(placed[this.#begun]?.startMs) < to) this.#begun += 1;
    const words = placed.slice(first, this.#begun).filter(({ startMs }) => bytesOf(startMs) >= from);
    const [head, tail] = [words[0], words.at(-1)];
    if (!head || !tail) return [];
    const startByte = fromByte + bytesOf(head.startMs) - from;
    const text = words.map(({ word }) => word).join(' ');
    return [{ text, startByte, bytes: Math.max(1, bytesOf(tail.endMs - head.startMs)) }];
  }

  /** Everything up to there was sent: of what is older, a minute is kept. */
  sent(upToByte: number): void {
    this.#kept.forget(this.#ownByte(upToByte) - KEPT_BYTES);
  }

  /** No more of its audio is played: from now on its words are placed by how it sounds. That takes some ms, too long for audio that is still on its way. */
  hear(): void {
    this.#aligned = null;
    if (this.#voice.totalMs <= MOST_HEARD_MS) this.#heard = hearSounds(this.#kept.slice(0, this.#kept.bytes));
  }

  /** Nothing of it will be said again: {@link Transcript.rest} was asked for the last time. */
  release(): void {
    this.#kept.release();
  }

  /** Its words by the parts of the utterance in which they are said, those not said in the audio that came left out. */
  spoken(): SpokenWords[] {
    const placed = this.#heardPlaces().filter(({ saidMs }) => saidMs !== Infinity);
    let next = 0;
    return this.#stretches.map(({ startByte, endByte, ownByte }, i) => {
      const [startMs, endMs] = [ownByte, ownByte + endByte - startByte].map((byte) => byte / BYTES_PER_MS);
      const isLast = i === this.#stretches.length - 1;
      const first = next;
      while (next < placed.length && (isLast || (placed[next]?.endMs ?? 0) <= (endMs ?? 0))) next += 1;
      const own = placed.slice(first, next);
      const wordEndsMs = own.map(({ saidMs }) => saidMs - (startMs ?? 0));
      return { text: own.map(({ word }) => word).join(' '), wordEndsMs, startByte, endByte };
    });
  }

  /** What is left from the beginning of the first sentence, or clause of a long one, that was not heard to its end: cut out of the audio that came. */
  rest(heardBytes: number): RestPiece[] {
    const heardMs = this.#ownByte(heardBytes) / BYTES_PER_MS;
    if (heardMs >= this.#voice.totalMs) return [];
    const placed = this.#heardPlaces().filter(({ saidMs }) => saidMs !== Infinity);
    const unheard = placed.findIndex(({ saidMs }) => saidMs > heardMs);
    const starts = phraseStarts(placed.map(({ word }) => word));
    const first = starts.findLastIndex((start) => start <= (unheard < 0 ? placed.length : unheard));
    if (unheard < 0) return [this.#cut([], heardMs, this.#voice.totalMs)];
    const phrases = starts.slice(first);
    const cuts = phrases.map((start) => (start === 0 ? 0 : this.#cutBefore(placed[start]?.startMs ?? 0)));
    return phrases.map((start, i) =>
      this.#cut(placed.slice(start, phrases[i + 1]), cuts[i] ?? 0, cuts[i + 1] ?? this.#voice.totalMs),
    );
  }

  #cut(words: readonly PlacedWord[], fromMs: number, toMs: number): RestPiece {
    const from = bytesOf(fromMs) - (bytesOf(fromMs) % FRAME_BYTES);
    const to = toMs < this.#voice.totalMs ? bytesOf(toMs) - (bytesOf(toMs) % FRAME_BYTES) : this.#kept.bytes;
    return {
      startByte: this.#utteranceByte(from),
      text: words.map(({ word }) => word).join(' ') || '…',
      audio: this.#kept.slice(from, to),
      wordEndsMs: words.map(({ saidMs }) => saidMs - from / BYTES_PER_MS),
    };
  }

  /** A pause near the beginning of a word; where there is none, a little before the word. */
  #cutBefore(startMs: number): number {
    const near = this.#voice
      .pauses(CUT_PAUSE_MS)
      .map((pause) => ({
        ...pause,
        offMs: Math.abs(pause.endMs - startMs) - (pause.endMs - pause.startMs) / 2,
      }))
      .filter(({ endMs }) => Math.abs(endMs - startMs) <= NEAR_MS)
      .sort((a, b) => a.offMs - b.offMs)[0];
    return near ? Math.max(near.startMs, near.endMs - LEAD_IN_MS) : Math.max(0, startMs - LEAD_IN_MS);
  }

  #onChange(): void {
    this.#placed = null;
    this.#aligned = null;
    if (!this.#hasAllAudio || !this.#hasAllWords) return;
    learnPace(this.#words, this.#spokenAudio);
  }

  get #spokenAudio(): SpokenAudio {
    return {
      voice: this.#voice,
      hasAllAudio: this.#hasAllAudio,
      hasAllWords: this.#hasAllWords,
      pace: this.#pace,
    };
  }

  #places(): PlacedWord[] {
    this.#placed ??= placeWords(this.#words, this.#spokenAudio);
    return this.#placed;
  }

  #heardPlaces(): PlacedWord[] {
    if (!this.#heard || !this.#hasAllWords) return this.#places();
    this.#aligned ??= alignWords(this.#words, this.#heard, this.#spokenAudio) ?? this.#places();
    return this.#aligned;
  }

  /** A position in the utterance as one in the audio of the transcript alone. */
  #ownByte(byte: number): number {
    const stretch = this.#stretches.findLast(({ startByte }) => startByte <= byte);
    return stretch ? stretch.ownByte + Math.min(byte, stretch.endByte) - stretch.startByte : 0;
  }

  #utteranceByte(ownByte: number): number {
    const stretch = this.#stretches.findLast((each) => each.ownByte <= ownByte);
    return stretch ? stretch.startByte + ownByte - stretch.ownByte : 0;
  }
}

/** The numbers of the words with which sentences begin, and clauses of long sentences. */
function phraseStarts(words: readonly string[]): number[] {
  const starts = [0];
  let from = 0;
  for (let at = 0; at < words.length; at += 1) {
    if (!endsSentence(words[at] ?? '') && at < words.length - 1) continue;
    const clauses =
      at - from >= LONG_SENTENCE ? words.slice(from, at).map((word) => CLAUSE_END.test(word)) : [];
    for (const [i, ends] of clauses.entries()) if (ends) starts.push(from + i + 1);
    from = at + 1;
    if (from < words.length) starts.push(from);
  }
  return starts;
}

function bytesOf(ms: number | undefined): number {
  return Math.round((ms ?? Infinity) * BYTES_PER_MS);
}
