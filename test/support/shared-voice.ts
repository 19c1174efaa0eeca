import type { Speech, TextToSpeech } from '../../src/speech/text-to-speech.js';
import { createKeptVoice } from '../../tools/voice/kept-voice.js';

/** Our voice for several gateways of a file: each text is made once for all runs, in one thread. Every gateway may close it. */
export class SharedVoice implements TextToSpeech {
  readonly #voice = createKeptVoice();
  readonly #made = new Map<string, Promise<Speech>>();

  synthesize(text: string): Promise<Speech> {
    const made = this.#made.get(text) ?? this.#voice.then((voice) => voice.synthesize(text));
    this.#made.set(text, made);
    return made;
  }

  async close(): Promise<void> {
    await (await this.#voice).close();
  }
}
