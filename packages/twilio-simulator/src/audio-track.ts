import { SILENCE } from './audio/mulaw.js';

const FIRST_BYTES = 8000;

/** One side of a call as mu-law by the call's clock: 8 bytes a millisecond, silence wherever nothing was written. */
export class AudioTrack {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Writes at a sample of the call; a later write over the same samples wins. */
  write(audio: Buffer, sample: number): void {
    const end = sample + audio.length;
    if (end > this.#bytes.length) this.#grow(end);
    audio.copy(this.#bytes, sample);
    this.#length = Math.max(this.#length, end);
  }

  /** The first `samples` of the track as a copy, silence after the last write. */
  read(samples: number): Buffer {
    const copy = Buffer.alloc(samples, SILENCE);
    this.#bytes.copy(copy, 0, 0, Math.min(this.#length, samples));
    return copy;
  }

  #grow(atLeast: number): void {
    const larger = Buffer.alloc(Math.max(atLeast, this.#bytes.length * 2, FIRST_BYTES), SILENCE);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
