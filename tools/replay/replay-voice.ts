import { SILENCE } from '../../src/audio/mulaw.js';
import type { Speech, SynthesisOptions, TextToSpeech } from '../../src/speech/text-to-speech.js';

/** The voice of a replay: sentences whose audio was not kept are silence as long as they were, and it is known whether others are being made. */
export class ReplayVoice implements TextToSpeech {
  readonly #voice: TextToSpeech;
  readonly #silent: ReadonlyMap<string, number>;
  readonly #making = new Set<Promise<Speech>>();

  /** `silent`: those sentences, and the bytes of each. The voice is not closed. */
  constructor(voice: TextToSpeech, silent: ReadonlyMap<string, number>) {
    this.#voice = voice;
    this.#silent = silent;
  }

  /** Settles when the sentences that are being made now are made; null: none is. */
  get pending(): Promise<unknown> | null {
    return this.#making.size === 0 ? null : Promise.allSettled(this.#making);
  }

  async synthesize(text: string, options?: SynthesisOptions): Promise<Speech> {
    const bytes = this.#silent.get(text);
    if (bytes !== undefined) return { audio: Buffer.alloc(bytes, SILENCE) };
    const making = this.#voice.synthesize(text, options);
    this.#making.add(making);
    try {
      return await making;
    } finally {
      this.#making.delete(making);
    }
  }

  async close(): Promise<void> {}
}
