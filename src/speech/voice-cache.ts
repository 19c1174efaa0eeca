import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { GatewayError, withDeadline } from '../core/errors.js';
import type { Speech, SynthesisOptions, TextToSpeech } from './text-to-speech.js';

/** More than the longest text that a voice says; what is larger is not ours. */
const MAX_FILE_BYTES = 1024 * 1024;
const CLOSE_TIMEOUT_MS = 500;
/** The folders of our own voice and of the models' voices. */
const VOICE_FOLDER = /^(?:flite-[0-9a-f]{16}|model-[0-9a-f]{24})$/;
/** What is kept in them, and its drafts. */
const KEPT_FILE = /^[0-9a-f]{24}\.json(?:\.\d+)?$/;

const Kept = z.object({
  text: z.string(),
  audio: z.string(),
  wordEndsMs: z.array(z.number()).optional(),
  /** SHA-256 of the audio, in hexadecimal. */
  hash: z.string(),
});

export interface VoiceCacheOptions {
  readonly voice: TextToSpeech;
  /** Of this voice and version alone, beside those of others; made when there is something to keep. */
  readonly folder: string;
  /** The texts that are kept, as they are now; absent: all. */
  readonly texts?: () => ReadonlySet<string>;
  /** Called once, when something cannot be kept. */
  readonly onFault?: (error: unknown) => void;
}

/**
 * A voice that keeps what it has said in a folder, from process to process: one that always gives the same bytes need make them only once.
 * A file that is missing, damaged or somebody else's is made again; one that cannot be written is done without.
 */
export class VoiceCache implements TextToSpeech {
  readonly #options: VoiceCacheOptions;
  #made = 0;
  #written: Promise<void> = Promise.resolve();
  #closed = false;
  #faulty = false;

  constructor(options: VoiceCacheOptions) {
    this.#options = options;
  }

  /** Texts that were not in the folder. */
  get made(): number {
    return this.#made;
  }

  async synthesize(text: string, options?: SynthesisOptions): Promise<Speech> {
    const { voice, texts } = this.#options;
    if (texts && !texts().has(text)) return voice.synthesize(text, options);
    const file = this.#fileOf(text);
    const kept = await readSpeech(file, text).catch(() => null);
    if (this.#closed) throw new GatewayError('SPEECH_FAILED', 'The voice is closed');
    if (kept) return kept;
    const speech = await voice.synthesize(text, options);
    this.#made += 1;
    // A caller may wait for the text, and need not for the disk.
    this.#written = this.#written.then(() => this.#keep(file, text, speech));
    return speech;
  }

  /** Settles when what was made so far is in the folder, or cannot be; never rejects. */
  get written(): Promise<void> {
    return this.#written;
  }

  /**
   * Removes what was kept of texts that are no longer among those to keep, and of other voices and versions. Whatever else lies there or
   * beside it stays. Never rejects.
   */
  async tidy(): Promise<void> {
    const { folder, texts } = this.#options;
    await this.#written;
    const wanted = new Set([...(texts?.() ?? [])].map((text) => basename(this.#fileOf(text))));
    await removeKept(folder, wanted);
    const voices = await readdir(dirname(folder)).catch(() => []);
    for (const name of voices) {
      if (name === basename(folder) || !VOICE_FOLDER.test(name)) continue;
      const other = join(dirname(folder), name);
      await removeKept(other, new Set());
      await rmdir(other).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#options.voice.close();
    await withDeadline(this.#written, CLOSE_TIMEOUT_MS, 'Keeping prompts').catch(() => undefined);
  }

  #fileOf(text: string): string {
    return join(this.#options.folder, `${sha256(text).slice(0, 24)}.json`);
  }

  // Under another name first: another process may read it meanwhile.
  async #keep(file: string, text: string, { audio, wordEndsMs }: Speech): Promise<void> {
    const draft = `${file}.${process.pid}`;
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const kept = { text, audio: audio.toString('base64'), wordEndsMs, hash: sha256(audio) };
      await writeFile(draft, JSON.stringify(kept), { mode: 0o600 });
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      if (!this.#faulty) this.#options.onFault?.(error);
      this.#faulty = true;
    }
  }
}

/** Null when it is no file of ours with this text. */
async function readSpeech(file: string, text: string): Promise<Speech | null> {
  const entry = await stat(file);
  if (!entry.isFile() || entry.size > MAX_FILE_BYTES) return null;
  const kept = Kept.parse(JSON.parse(await readFile(file, 'utf8')));
  const audio = Buffer.from(kept.audio, 'base64');
  if (kept.text !== text || kept.hash !== sha256(audio)) return null;
  return { audio, ...(kept.wordEndsMs ? { wordEndsMs: kept.wordEndsMs } : {}) };
}

async function removeKept(folder: string, wanted: ReadonlySet<string>): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (KEPT_FILE.test(name) && !wanted.has(name)) await rm(join(folder, name)).catch(() => undefined);
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
