import type { Heard, OpenUtterance, SpokenPiece } from '../agents/agent.js';
import type { UtteranceWriter } from '../twilio/utterance.js';
import type { Sentences } from './sentences.js';

export interface OpenedUtteranceOptions {
  readonly heard: Promise<Heard>;
  readonly sentences: Sentences;
  readonly writer: UtteranceWriter;
  /** Audio was handed over that will be played. */
  readonly onWords: () => void;
  /** No more will come from its speaker. */
  readonly onEnd: () => void;
}

/** One utterance between who speaks and what is played: knows which sentences are its own. */
export class OpenedUtterance implements OpenUtterance {
  readonly heard: Promise<Heard>;
  readonly #options: OpenedUtteranceOptions;

  constructor(options: OpenedUtteranceOptions) {
    this.heard = options.heard;
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#options.writer.isOpen;
  }

  push(piece: SpokenPiece): void {
    const { writer, sentences, onWords } = this.#options;
    // Words without audio are not heard.
    if (piece.audio.length === 0 || !writer.isOpen) return;
    onWords();
    sentences.push(piece);
    writer.push(piece, piece.audio);
  }

  /** Says a sentence that is not its speaker's. */
  interject(piece: SpokenPiece): void {
    this.#options.sentences.interject();
    this.#options.writer.push(piece, piece.audio);
  }

  end(): void {
    this.#options.onEnd();
    this.#options.writer.end();
  }
}
