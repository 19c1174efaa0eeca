import { BYTES_PER_MS } from '../audio/mulaw.js';

/** The words that go with a part of an utterance's audio. */
export interface SpokenText {
  readonly text: string;
  /** For each word of `text` (split at spaces), the ms from the beginning of its audio at which it has been said. */
  readonly wordEndsMs?: readonly number[] | undefined;
}

interface Piece extends SpokenText {
  /** Where its audio begins and ends in the utterance, in bytes. */
  readonly startByte: number;
  readonly endByte: number;
}

/** Words whose audio has begun to go out: so many bytes, from `offset` of what was taken last on. */
export interface BegunWords {
  readonly text: string;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * The audio of one utterance on its way out, and which words go with which part of it.
 * Positions are bytes of mu-law at 8 kHz: 8 bytes are a millisecond.
 */
export class SpokenAudio {
  readonly #waiting: Buffer[] = [];
  readonly #pieces: Piece[] = [];
  #pushedBytes = 0;
  #sentBytes = 0;
  #piecesBegun = 0;
  #takenFrom = 0;
  /** Bytes of the first waiting buffer that are sent already. */
  #offset = 0;

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get waitingBytes(): number {
    return this.#pushedBytes - this.#sentBytes;
  }

  push(words: SpokenText, audio: Buffer): void {
    const startByte = this.#pushedBytes;
    this.#pushedBytes += audio.length;
    if (audio.length > 0) this.#waiting.push(audio);
    if (words.text) this.#pieces.push({ ...words, startByte, endByte: this.#pushedBytes });
  }

  /** The next at most `maxBytes` to send, without a copy where they lie in one buffer; empty when nothing waits. */
  take(maxBytes: number): Buffer {
    const size = Math.min(maxBytes, this.waitingBytes);
    const first = this.#waiting[0];
    if (!first || size === 0) return Buffer.alloc(0);
    this.#takenFrom = this.#sentBytes;
    this.#sentBytes += size;
    return first.length - this.#offset >= size ? this.#takeFromFirst(first, size) : this.#gather(size);
  }

  /** The words that begin in what was taken last. */
  begun(): BegunWords[] {
    const begun: BegunWords[] = [];
    for (let piece = this.#pieces[this.#piecesBegun]; piece; piece = this.#pieces[this.#piecesBegun]) {
      const { text, startByte, endByte } = piece;
      if (startByte >= this.#sentBytes) break;
      this.#piecesBegun += 1;
      begun.push({ text, offset: startByte - this.#takenFrom, bytes: endByte - startByte });
    }
    return begun;
  }

  /** What is not sent yet will never be. */
  drop(): void {
    this.#waiting.length = 0;
    this.#pushedBytes = this.#sentBytes;
  }

  /** The words within the first `heardMs`: whole pieces, and of the one cut through those that were said by then. */
  textHeard(heardMs: number): string {
    const heardBytes = heardMs * BYTES_PER_MS;
    const parts: string[] = [];
    let startByte = 0;
    for (const piece of this.#pieces) {
      if (heardBytes <= startByte) break;
      parts.push(heardBytes >= piece.endByte ? piece.text : wordsHeard(piece, startByte, heardBytes));
      startByte = piece.endByte;
    }
    return parts.filter(Boolean).join(' ');
  }

  /** How many of the pieces with words lie wholly within the first `heardMs`. */
  piecesHeard(heardMs: number): number {
    const cut = this.#pieces.findIndex(({ endByte }) => endByte > heardMs * BYTES_PER_MS);
    return cut < 0 ? this.#pieces.length : cut;
  }

  /** Every word pushed so far, heard or not. */
  get fullText(): string {
    return this.#pieces.map((piece) => piece.text).join(' ');
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

function wordsHeard({ text, wordEndsMs, endByte }: Piece, startByte: number, heardBytes: number): string {
  const words = text.split(' ');
  const heardMs = (heardBytes - startByte) / BYTES_PER_MS;
  const ends =
    wordEndsMs?.length === words.length ? wordEndsMs : guessEnds(words, (endByte - startByte) / BYTES_PER_MS);
  const cut = ends.findIndex((end) => end > heardMs);
  return words.slice(0, cut < 0 ? words.length : cut).join(' ');
}

// Where the voice does not say: a word takes its share of the audio by its letters and the space behind it.
function guessEnds(words: readonly string[], durationMs: number): number[] {
  const letters = words.reduce((sum, word) => sum + word.length + 1, 0);
  let said = 0;
  return words.map((word) => {
    said += word.length + 1;
    return (said / letters) * durationMs;
  });
}
