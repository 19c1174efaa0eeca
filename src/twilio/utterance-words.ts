import { BYTES_PER_MS } from '../audio/mulaw.js';
import type { BegunWords, Sayable, SpokenPiece } from './spoken-piece.js';
import { Transcript } from './transcript.js';
import type { SpeakingPace } from './word-places.js';
import { type SpokenWords, wordsHeard } from './words-heard.js';

/** Stands for words of a transcript that are not known, where their audio was heard. */
const UNKNOWN_WORDS = '…';

/** Words with their place among all sentences; that of words said in between is the place of the sentence that follows. */
interface PlacedWords extends SpokenWords {
  readonly place: number;
}

/** The words of one utterance, and where in its audio they are: of sentences that brought them along, and of a transcript. */
export class UtteranceWords {
  readonly #words: PlacedWords[] = [];
  #begun = 0;
  readonly #sentences: Sayable[];
  /** The place of the sentence that follows. */
  #following = 0;
  readonly #transcript: Transcript | null;

  constructor(planned: readonly Sayable[], pace: SpeakingPace | undefined) {
    this.#sentences = [...planned];
    this.#transcript = pace ? new Transcript(pace) : null;
  }

  /** A sentence that was not planned has its turn. */
  addSentence(piece: SpokenPiece): void {
    this.#following = this.#sentences.push(piece);
  }

  /** The next planned sentence has its turn, be there nothing of it to say. */
  nextSentence(): void {
    this.#following += 1;
  }

  /** Audio was added, from `startByte` on; `isInterjected`: not by its speaker. */
  append({ text, audio, wordEndsMs }: SpokenPiece, startByte: number, isInterjected: boolean): void {
    const endByte = startByte + audio.length;
    const place = isInterjected ? this.#following : this.#following - 1;
    if (text) this.#words.push({ text, wordEndsMs, startByte, endByte, place });
    else this.#transcript?.push(audio, startByte);
  }

  /** No more audio comes. */
  end(): void {
    this.#transcript?.end();
  }

  /** See `OpenUtterance.transcribe`. Returns whether anything is new. */
  transcribe(text: string, isComplete: boolean): boolean {
    return this.#transcript?.tell(text, isComplete) ?? false;
  }

  get fullText(): string {
    const transcript = this.#transcript?.text;
    if (!transcript) return textOf(this.#words);
    const spoken = this.#spoken();
    const told = textOf(spoken);
    if (this.#words.length === 0) return transcript;
    const unsaid = transcript.split(' ').slice(wordCount(this.#transcript?.spoken() ?? []));
    return [told, ...unsaid].filter(Boolean).join(' ');
  }

  /** See `Transcript.sent`. */
  sent(upToByte: number): void {
    this.#transcript?.sent(upToByte);
  }

  /** The words that begin in these bytes of the utterance. */
  begun(fromByte: number, toByte: number): BegunWords[] {
    const begun: BegunWords[] = [];
    for (let words = this.#words[this.#begun]; words; words = this.#words[this.#begun]) {
      const { text, startByte, endByte } = words;
      if (startByte >= toByte) break;
      this.#begun += 1;
      begun.push({ text, offset: startByte - fromByte, bytes: endByte - startByte });
    }
    if (!this.#transcript) return begun;
    const read = this.#transcript.begun(fromByte, toByte);
    for (const { text, startByte, bytes } of read)
      begun.push({ text, offset: startByte - fromByte, bytes, guessed: true });
    return begun.sort((a, b) => a.offset - b.offset);
  }

  /** What of it the caller can have heard. `completed`: all of it. */
  heard(heardMs: number, completed: boolean): string {
    const isUnknown = this.#transcript !== null && !this.#transcript.text && this.#words.length === 0;
    if (isUnknown) return heardMs > 0 ? UNKNOWN_WORDS : '';
    return completed ? this.fullText : wordsHeard(this.#spoken(), heardMs);
  }

  /** See `Transcript.hear`. */
  hear(): void {
    this.#transcript?.hear();
  }

  /** The sentences that were not heard to their end, those still to be made among them. */
  after(heardMs: number): readonly Sayable[] {
    const heardBytes = heardMs * BYTES_PER_MS;
    const cut = this.#words.find(({ endByte }) => endByte > heardBytes);
    const sentences = this.#sentences.slice(cut?.place ?? this.#following);
    const rest = this.#transcript?.rest(heardBytes) ?? [];
    if (rest.length === 0) return sentences;
    const isFirst = cut !== undefined && cut.startByte < (rest[0]?.startByte ?? 0);
    return isFirst ? [...sentences, ...rest] : [...rest, ...sentences];
  }

  /** Nothing of it will be said again. */
  release(): void {
    this.#transcript?.release();
  }

  #spoken(): readonly SpokenWords[] {
    if (!this.#transcript) return this.#words;
    return [...this.#words, ...this.#transcript.spoken()].sort((a, b) => a.startByte - b.startByte);
  }
}

function textOf(words: readonly SpokenWords[]): string {
  return words
    .map(({ text }) => text)
    .filter(Boolean)
    .join(' ');
}

function wordCount(words: readonly SpokenWords[]): number {
  return words.reduce((sum, { text }) => sum + (text ? text.split(' ').length : 0), 0);
}
