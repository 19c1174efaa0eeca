import { BYTES_PER_MS } from '../audio/mulaw.js';
import { SpokenAudio, type SpokenText } from './spoken-audio.js';

/** How an utterance ended. `heardMs` and `text` are what the caller can have heard of it. */
export interface PlayedUtterance {
  readonly completed: boolean;
  readonly heardMs: number;
  readonly text: string;
  /** How many of its pieces with words were heard to their end. */
  readonly piecesHeard: number;
  /** Everything that was to be said, heard or not. */
  readonly fullText: string;
  readonly startedAt: Date;
}

interface SentMark {
  readonly name: string;
  /** When all audio before it must have been played (monotonic ms). */
  readonly dueAt: number;
}

/** One utterance of the agent from its first piece to how it ended. */
export class Utterance {
  readonly audio = new SpokenAudio();
  /** Position of its first byte in the stream's sent audio, in ms; null while nothing is sent. */
  startMs: number | null = null;
  startedAt = new Date();
  /** No more audio will come. */
  ended = false;
  /** Its mark, once sent. */
  mark: SentMark | null = null;
  readonly #onPlayed: (played: PlayedUtterance) => void;

  constructor(onPlayed: (played: PlayedUtterance) => void) {
    this.#onPlayed = onPlayed;
  }

  /** Its first audio goes out at this position of the stream's sent audio, in ms. */
  begin(atMs: number): void {
    this.startMs = atMs;
    this.startedAt = new Date();
  }

  /** Some of its audio was sent. */
  get isOut(): boolean {
    return this.startMs !== null;
  }

  /** Position behind the last byte that was sent, in ms; 0 while nothing is. */
  get endMs(): number {
    return this.startMs === null ? 0 : this.startMs + this.audio.sentBytes / BYTES_PER_MS;
  }

  /** Ends it, played up to this position of the stream's sent audio, in ms. `cut`: what was not heard by then never will be. */
  finish(playedMs: number, cut: boolean): PlayedUtterance {
    const sentMs = this.audio.sentBytes / BYTES_PER_MS;
    const heardMs = this.startMs === null ? 0 : Math.min(sentMs, Math.max(0, playedMs - this.startMs));
    const completed = !cut && heardMs === sentMs;
    const { fullText } = this.audio;
    const text = completed ? fullText : this.audio.textHeard(heardMs);
    const piecesHeard = this.audio.piecesHeard(heardMs);
    const played = { completed, heardMs, text, piecesHeard, fullText, startedAt: this.startedAt };
    this.audio.drop();
    this.#onPlayed(played);
    return played;
  }
}

/** The side of an utterance that its speaker holds. */
export class UtteranceWriter {
  readonly #utterance: Utterance;
  readonly #queue: readonly Utterance[];
  readonly #onChange: () => void;

  /** `queue`: what is still to be played, in order. `onChange`: something may be due to be sent. */
  constructor(utterance: Utterance, queue: readonly Utterance[], onChange: () => void) {
    this.#utterance = utterance;
    this.#queue = queue;
    this.#onChange = onChange;
  }

  /** Still wanted: neither cleared nor closed. Audio that comes later is dropped, never played. */
  get isOpen(): boolean {
    return this.#queue.includes(this.#utterance);
  }

  push(words: SpokenText, audio: Buffer): void {
    if (!this.isOpen || this.#utterance.ended) return;
    this.#utterance.audio.push(words, audio);
    this.#onChange();
  }

  end(): void {
    this.#utterance.ended = true;
    this.#onChange();
  }
}
