import { BYTES_PER_MS } from '../audio/mulaw.js';
import { type SpokenWords, wordsHeard } from './words-heard.js';

/** A sentence and its audio: mu-law, 8 kHz, mono, in multiples of 160 bytes (20 ms). */
export interface SpokenPiece {
  readonly text: string;
  readonly audio: Buffer;
  /** For each word of `text` (split at spaces), the ms from the beginning of `audio` at which it has been said; absent when the voice does not know. */
  readonly wordEndsMs?: readonly number[];
}

/** What can be said: a sentence, one that is still being synthesised, or (null) nothing. */
export type Sayable = SpokenPiece | null | Promise<SpokenPiece | null>;

/** How an utterance ended. */
export interface Heard {
  /** Played to its end; `false` when it was interrupted or the stream closed. */
  readonly completed: boolean;
  /** Milliseconds of it that the caller can have heard. */
  readonly heardMs: number;
  /** The words that the caller can have heard. */
  readonly text: string;
  /** The sentences that were not heard to their end, ready to be said again; empty when all were. */
  readonly unheard: readonly Sayable[];
}

export interface UtteranceOptions {
  /** What is to be said, in order; absent when its sentences come as they are made. */
  readonly planned?: readonly Sayable[];
  /** Its speaker has handed over audio that will be played. */
  readonly onWords?: () => void;
  /** It was heard to its end or cut off; called once. */
  readonly onEnd: (utterance: Utterance, heard: Heard) => void;
}

/** Words whose audio has begun to go out: so many bytes, from `offset` of what was taken last on. */
export interface BegunWords {
  readonly text: string;
  readonly offset: number;
  readonly bytes: number;
}

/** Words with their place among all sentences; that of words said in between is the place of the sentence that follows. */
interface PlacedWords extends SpokenWords {
  readonly place: number;
}

interface SentMark {
  readonly name: string;
  /** When all audio before it must have been played (monotonic ms). */
  readonly dueAt: number;
}

/**
 * One utterance from its first sentence to how it ended: its audio on the way out, which words go with which part of it, and its mark.
 * Its speaker pushes sentences and ends it; the playback, which has it in its queue, takes the audio and finishes it.
 */
export class Utterance {
  /** Settles when it has ended. */
  readonly heard: Promise<Heard>;
  /** Still wanted: neither finished nor cut off. What is pushed later is dropped, never played. */
  isOpen = true;
  /** No more audio will come. */
  isComplete = false;
  /** Its mark, once sent. */
  mark: SentMark | null = null;
  readonly #options: UtteranceOptions;
  readonly #onChange: () => void;
  #settle: (heard: Heard) => void = () => undefined;
  readonly #waiting: Buffer[] = [];
  /** Bytes of the first waiting buffer that are sent already. */
  #offset = 0;
  #pushedBytes = 0;
  #sentBytes = 0;
  #takenFrom = 0;
  readonly #words: PlacedWords[] = [];
  #wordsBegun = 0;
  readonly #sentences: Sayable[];
  /** The place of the sentence that follows. */
  #following = 0;
  /** Position of its first byte in the stream's sent audio, in ms; null while nothing is sent. */
  #startMs: number | null = null;
  #startedAt = new Date();

  /** `onChange`: something may be due to be sent. */
  constructor(options: UtteranceOptions, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
    this.#sentences = [...(options.planned ?? [])];
    this.heard = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** A sentence that was not planned. Audio without words (an echo) cannot be said again, and is not kept for that. */
  push(piece: SpokenPiece): void {
    if (piece.text && this.#takes(piece)) this.#following = this.#sentences.push(piece);
    this.#say(piece);
  }

  /** The next planned sentence has its turn; null: there was nothing to say. */
  next(piece: SpokenPiece | null): void {
    this.#following += 1;
    if (piece) this.#say(piece);
  }

  /** Says a sentence that is not its speaker's, and that is never said again. */
  interject(piece: SpokenPiece): void {
    if (this.#takes(piece)) this.#append(piece, this.#following);
  }

  end(): void {
    this.isComplete = true;
    this.#onChange();
  }

  get waitingBytes(): number {
    return this.#pushedBytes - this.#sentBytes;
  }

  /** Some of its audio was sent. */
  get isOut(): boolean {
    return this.#startMs !== null;
  }

  /** Position behind the last byte that was sent, in ms; 0 while nothing is. */
  get endMs(): number {
    return this.#startMs === null ? 0 : this.#startMs + this.#sentBytes / BYTES_PER_MS;
  }

  /** When its first audio went out; before that, when it was begun. */
  get startedAt(): Date {
    return this.#startedAt;
  }

  /** Every word pushed so far, heard or not. */
  get fullText(): string {
    return this.#words.map(({ text }) => text).join(' ');
  }

  /** The next at most `maxBytes` to send, without a copy where they lie in one buffer; empty when nothing waits. `atMs`: their position in the stream's sent audio. */
  take(maxBytes: number, atMs: number): Buffer {
    const size = Math.min(maxBytes, this.waitingBytes);
    const first = this.#waiting[0];
    if (!first || size === 0) return Buffer.alloc(0);
    if (this.#startMs === null) {
      this.#startMs = atMs;
      this.#startedAt = new Date();
    }
    this.#takenFrom = this.#sentBytes;
    this.#sentBytes += size;
    return first.length - this.#offset >= size ? this.#takeFromFirst(first, size) : this.#gather(size);
  }

  /** The words that begin in what was taken last. */
  begun(): BegunWords[] {
    const begun: BegunWords[] = [];
    for (let words = this.#words[this.#wordsBegun]; words; words = this.#words[this.#wordsBegun]) {
      const { text, startByte, endByte } = words;
      if (startByte >= this.#sentBytes) break;
      this.#wordsBegun += 1;
      begun.push({ text, offset: startByte - this.#takenFrom, bytes: endByte - startByte });
    }
    return begun;
  }

  /** Ends it, played up to this position of the stream's sent audio, in ms. `cut`: what was not heard by then never will be. */
  finish(playedMs: number, cut: boolean): Heard {
    const sentMs = this.#sentBytes / BYTES_PER_MS;
    const heardMs = this.#startMs === null ? 0 : Math.min(sentMs, Math.max(0, playedMs - this.#startMs));
    const completed = !cut && heardMs === sentMs;
    const text = completed ? this.fullText : wordsHeard(this.#words, heardMs);
    const heard = { completed, heardMs, text, unheard: completed ? [] : this.#after(heardMs) };
    this.isOpen = false;
    this.#waiting.length = 0;
    this.#pushedBytes = this.#sentBytes;
    this.#settle(heard);
    this.#options.onEnd(this, heard);
    return heard;
  }

  // Words without audio are not heard.
  #takes({ audio }: SpokenPiece): boolean {
    return audio.length > 0 && this.isOpen && !this.isComplete;
  }

  #say(piece: SpokenPiece): void {
    if (!this.#takes(piece)) return;
    this.#options.onWords?.();
    this.#append(piece, this.#following - 1);
  }

  #append({ text, audio, wordEndsMs }: SpokenPiece, place: number): void {
    const startByte = this.#pushedBytes;
    this.#pushedBytes += audio.length;
    this.#waiting.push(audio);
    if (text) this.#words.push({ text, wordEndsMs, startByte, endByte: this.#pushedBytes, place });
    this.#onChange();
  }

  /** The sentences that were not heard to their end, those still to be made among them. */
  #after(heardMs: number): readonly Sayable[] {
    const cut = this.#words.find(({ endByte }) => endByte > heardMs * BYTES_PER_MS);
    return this.#sentences.slice(cut?.place ?? this.#following);
  }

  #gather(size: number): Buffer {
    const parts: Buffer[] = [];
    for (let left = size; left > 0; ) {
      const first = this.#waiting[0];
      if (!first) break;
      const part = this.#takeFromFirst(first, Math.min(left, first.length - this.#offset));
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts, size);
  }

  #takeFromFirst(first: Buffer, size: number): Buffer {
    const part = first.subarray(this.#offset, this.#offset + size);
    this.#offset += size;
    if (this.#offset === first.length) {
      this.#waiting.shift();
      this.#offset = 0;
    }
    return part;
  }
}
