/** A second of mu-law. */
const BLOCK_BYTES = 8000;
/** 8 MB: what 100 callers need who each listen for ten seconds. */
const MOST_SPARE = 1000;
const spare: Buffer[] = [];

/**
 * Audio that is kept for some seconds, for what of it must be said again. It is copied: a piece of a message would keep the whole 8 kB of Node's
 * pool that it lies in. The blocks it is copied into are used again: what lives so long is only freed when V8 collects the whole heap, which
 * many calls would then make it do every few seconds.
 */
export class KeptAudio {
  readonly #blocks: Buffer[] = [];
  /** Where the first block begins. */
  #from = 0;
  #bytes = 0;

  /** All that was ever pushed. */
  get bytes(): number {
    return this.#bytes;
  }

  push(audio: Buffer): void {
    for (let at = 0; at < audio.length; ) {
      const used = (this.#bytes - this.#from) % BLOCK_BYTES;
      const block = (used > 0 && this.#blocks.at(-1)) || this.#begin();
      const copied = audio.copy(block, used, at);
      at += copied;
      this.#bytes += copied;
    }
  }

  /** A copy of what lies between these positions, as far as it is kept. */
  slice(from: number, to: number): Buffer {
    const parts = this.#blocks.map((block, i) => {
      const startByte = this.#from + i * BLOCK_BYTES;
      const end = Math.min(to, this.#bytes);
      return block.subarray(Math.max(0, from - startByte), Math.max(0, end - startByte));
    });
    return Buffer.concat(parts);
  }

  /** What lies before this position need not be kept. */
  forget(before: number): void {
    while (this.#from + BLOCK_BYTES <= Math.min(before, this.#bytes)) {
      giveBack(this.#blocks.shift());
      this.#from += BLOCK_BYTES;
    }
  }

  /** Nothing of it need be kept. */
  release(): void {
    for (const block of this.#blocks.splice(0)) giveBack(block);
    this.#from = this.#bytes;
  }

  #begin(): Buffer {
    const block = spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#blocks.push(block);
    return block;
  }
}

function giveBack(block: Buffer | undefined): void {
  if (block && spare.length < MOST_SPARE) spare.push(block);
}
