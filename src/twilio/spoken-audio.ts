const BYTES_PER_MS = 8;

interface Piece {
  readonly text: string;
  /** Where its audio ends in the utterance, in bytes. */
  readonly endByte: number;
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
  /** Bytes of the first waiting buffer that are sent already. */
  #offset = 0;

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get waitingBytes(): number {
    return this.#pushedBytes - this.#sentBytes;
  }

  push(text: string, audio: Buffer): void {
    this.#pushedBytes += audio.length;
    if (audio.length > 0) this.#waiting.push(audio);
    if (text) this.#pieces.push({ text, endByte: this.#pushedBytes });
  }

  /** The next at most `maxBytes` to send, without a copy where they lie in one buffer; empty when nothing waits. */
  take(maxBytes: number): Buffer {
    const size = Math.min(maxBytes, this.waitingBytes);
    const first = this.#waiting[0];
    if (!first || size === 0) return Buffer.alloc(0);
    this.#sentBytes += size;
    return first.length - this.#offset >= size ? this.#takeFromFirst(first, size) : this.#gather(size);
  }

  /** What is not sent yet will never be. */
  drop(): void {
    this.#waiting.length = 0;
    this.#pushedBytes = this.#sentBytes;
  }

  /** The words within the first `heardMs`: whole pieces, and of the one cut through as many words as its share of audio. */
  textHeard(heardMs: number): string {
    if (heardMs <= 0) return '';
    const heardBytes = heardMs * BYTES_PER_MS;
    const parts: string[] = [];
    let startByte = 0;
    for (const { text, endByte } of this.#pieces) {
      if (heardBytes >= endByte) parts.push(text);
      else if (heardBytes > startByte)
        parts.push(share(text, (heardBytes - startByte) / (endByte - startByte)));
      startByte = endByte;
    }
    return parts.filter(Boolean).join(' ');
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

function share(text: string, fraction: number): string {
  const words = text.split(' ');
  return words.slice(0, Math.floor(words.length * fraction)).join(' ');
}
