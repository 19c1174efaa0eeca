import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { GrowingFile } from './stream-recording.js';

/** A file that grows, also after it was closed, made with its folder when the first text comes. Only its owner may read it: it holds a conversation. */
export class RecordingFile implements GrowingFile {
  readonly #folder: string;
  readonly #name: string;
  #handle: FileHandle | null = null;
  #bytes = 0;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Rejects when the folder or the file cannot be written; never writes to a file that was there before. */
  async append(text: string): Promise<void> {
    this.#handle ??= this.#bytes === 0 ? await this.#create() : await open(this.#path, 'a');
    await this.#handle.appendFile(text);
    this.#bytes += Buffer.byteLength(text);
  }

  /** Rejects when the last bytes could not be written. */
  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = null;
  }

  get #path(): string {
    return join(this.#folder, this.#name);
  }

  async #create(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return await open(this.#path, 'ax', 0o600);
  }
}
