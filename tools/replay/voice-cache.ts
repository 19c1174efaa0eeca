import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { GatewayError } from '../../src/core/errors.js';
import type { Speech, SynthesisOptions, TextToSpeech } from '../../src/speech/text-to-speech.js';

const Kept = z.object({ audio: z.base64(), wordEndsMs: z.array(z.number()).optional() });

/** A voice that keeps what it has said in a folder, from process to process: one that always gives the same bytes need make them only once. */
export class VoiceCache implements TextToSpeech {
  readonly #voice: TextToSpeech;
  readonly #folder: string;
  #made = 0;
  #closed = false;

  /** `folder`: of this voice and version alone; made when it is not there. */
  constructor(voice: TextToSpeech, folder: string) {
    this.#voice = voice;
    this.#folder = folder;
  }

  /** Sentences that were not in the folder. */
  get made(): number {
    return this.#made;
  }

  async synthesize(text: string, options?: SynthesisOptions): Promise<Speech> {
    const file = join(this.#folder, `${createHash('sha256').update(text).digest('hex').slice(0, 24)}.json`);
    const kept = await readFile(file, 'utf8')
      .then(speechOf)
      .catch(() => null);
    if (this.#closed) throw new GatewayError('SPEECH_FAILED', 'The voice is closed');
    if (kept) return kept;
    const speech = await this.#voice.synthesize(text, options);
    this.#made += 1;
    await this.#keep(file, speech).catch(() => undefined);
    return speech;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#voice.close();
  }

  // Under another name first: another process may read it meanwhile.
  async #keep(file: string, { audio, wordEndsMs }: Speech): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, JSON.stringify({ audio: audio.toString('base64'), wordEndsMs }));
    await rename(draft, file);
  }
}

function speechOf(text: string): Speech | null {
  const kept = Kept.safeParse(JSON.parse(text));
  if (!kept.success) return null;
  const { audio, wordEndsMs } = kept.data;
  return { audio: Buffer.from(audio, 'base64'), ...(wordEndsMs ? { wordEndsMs } : {}) };
}
