import { BYTES_PER_MS } from '../audio/mulaw.js';
import type { BegunWords, Sayable, SpokenPiece } from './spoken-piece.js';
import { UtteranceWords } from './utterance-words.js';
import type { SpeakingPace } from './word-places.js';

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
  /** A transcript tells the words of its text-less audio; how fast their voice speaks. Absent: no one tells them. */
  readonly transcribedAt?: SpeakingPace | undefined;
  /** Its speaker has handed over audio that will be played. */
  readonly onWords?: () => void;
  /** It was heard to its end or cut off; called once. */
  readonly onEnd: (utterance: Utterance, heard: Heard) => void;
  /** After it has ended its transcript has told more: what was heard of it, as it is known now. */
  readonly onTranscribed?: (utterance: Utterance, heard: Pick<Heard, 'completed' | 'text'>) => void;
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
  readonly #words: UtteranceWords;
  /** Position of its first byte in the stream's sent audio, in ms; null while nothing is sent. */
  #startMs: number | null = null;
  #startedAt = performance.now();
  /** How it ended; null while it has not. */
  #ending: Heard | null = null;

  /** `onChange`: something may be due to be sent. */
  constructor(options: UtteranceOptions, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
    this.#words = new UtteranceWords(options.planned ?? [], options.transcribedAt);
    this.heard = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** A sentence that was not planned. Audio without words (an echo) cannot be said again, and is not kept for that. */
  push(piece: SpokenPiece): void {
    if (piece.text && this.#takes(piece)) this.#words.addSentence(piece);
    this.#say(piece);
  }

  /** The next planned sentence has its turn; null: there was nothing to say. */
  next(piece: SpokenPiece | null): void {
    this.#words.nextSentence();
    if (piece) this.#say(piece);
  }

  /** Says a sentence that is not its speaker's, and that is never said again. */
  interject(piece: SpokenPiece): void {
    if (this.#takes(piece)) this.#append(piece, true);
  }

  /** See `OpenUtterance`. */
  transcribe(text: string, isComplete: boolean): void {
    const isNew = this.#words.transcribe(text, isComplete);
    if (!isNew || !this.#ending) return;
    const { heardMs, completed } = this.#ending;
    this.#options.onTranscribed?.(this, { completed, text: this.#words.heard(heardMs, completed) });
  }

  end(): void {
    if (this.isOpen) this.#words.end();
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

  /** When its first audio went out; before that, when it was begun (monotonic ms). */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** Every word pushed so far, heard or not. */
  get fullText(): string {
    return this.#words.fullText;
  }

  /** The next at most `maxBytes` to send, without a copy where they lie in one buffer; empty when nothing waits. `atMs`: their position in the stream's sent audio. */
  take(maxBytes: number, atMs: number): Buffer {
    const size = Math.min(maxBytes, this.waitingBytes);
    const first = this.#waiting[0];
    if (!first || size === 0) return Buffer.alloc(0);
    if (this.#startMs === null) {
      this.#startMs = atMs;
      this.#startedAt = performance.now();
    }
    this.#takenFrom = this.#sentBytes;
    this.#sentBytes += size;
    this.#words.sent(this.#sentBytes);
    return first.length - this.#offset >= size ? this.#takeFromFirst(first, size) : this.#gather(size);
  }

  /** The words that begin in what was taken last. */
  begun(): BegunWords[] {
    return this.#words.begun(this.#takenFrom, this.#sentBytes);
  }

  /** Its words that have been said when the stream's sent audio was played up to this position, in ms; empty before its first. */
  wordsBy(playedMs: number): string {
    return this.#startMs === null ? '' : this.#words.heard(this.#heardMs(playedMs), false);
  }

  /**
   * Ends it, played up to this position of the stream's sent audio, in ms. `cut`: what was not heard by then never will be. `isGone`: so is its stream;
   * hundreds may end at once, and none may take long.
   */
  finish(playedMs: number, cut: boolean, isGone = false): Heard {
    const sentMs = this.#sentBytes / BYTES_PER_MS;
    const heardMs = this.#heardMs(playedMs);
    const completed = !cut && heardMs === sentMs;
    if (!completed && heardMs > 0 && !isGone) this.#words.hear();
    const text = this.#words.heard(heardMs, completed);
    const heard = { completed, heardMs, text, unheard: completed ? [] : this.#words.after(heardMs) };
    this.#words.release();
    this.#ending = heard;
    this.isOpen = false;
    this.#waiting.length = 0;
    this.#pushedBytes = this.#sentBytes;
    this.#settle(heard);
    this.#options.onEnd(this, heard);
    return heard;
  }

  #heardMs(playedMs: number): number {
    if (this.#startMs === null) return 0;
    return Math.min(this.#sentBytes / BYTES_PER_MS, Math.max(0, playedMs - this.#startMs));
  }

  // Words without audio are not heard.
  #takes({ audio }: SpokenPiece): boolean {
    return audio.length > 0 && this.isOpen && !this.isComplete;
  }

  #say(piece: SpokenPiece): void {
    if (!this.#takes(piece)) return;
    this.#options.onWords?.();
    this.#append(piece, false);
  }

  #append(piece: SpokenPiece, isInterjected: boolean): void {
    this.#words.append(piece, this.#pushedBytes, isInterjected);
    this.#pushedBytes += piece.audio.length;
    this.#waiting.push(piece.audio);
    this.#onChange();
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
