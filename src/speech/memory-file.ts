/** A file in memory that grows as it is written. */
export class MemoryFile {
  #bytes = Buffer.alloc(65536);
  #length = 0;

  static of(text: string): MemoryFile {
    const file = new MemoryFile();
    file.write(Buffer.from(text), 0);
    return file;
  }

  get length(): number {
    return this.#length;
  }

  /** What has been written, without a copy. */
  get content(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes at a position; a gap before it reads as zeros. */
  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(bytes, position);
    this.#length = Math.max(this.#length, end);
  }

  /** Fills `target` from a position and returns how many bytes there were; 0 at the end. */
  read(target: Uint8Array, position: number): number {
    const part = this.content.subarray(position, position + target.length);
    target.set(part);
    return part.length;
  }

  truncate(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  #grow(needed: number): void {
    const grown = Buffer.alloc(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
