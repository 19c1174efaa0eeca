import { FliteVoice } from '../../src/speech/flite-voice.js';
import type { Speech, TextToSpeech } from '../../src/speech/text-to-speech.js';

/** Our voice for several gateways of a file: each text is made once, and it takes one thread. Every gateway may close it. */
export class SharedVoice implements TextToSpeech {
  readonly #voice = new FliteVoice();
  readonly #made = new Map<string, Promise<Speech>>();

  synthesize(text: string): Promise<Speech> {
    const made = this.#made.get(text) ?? this.#voice.synthesize(text);
    this.#made.set(text, made);
    return made;
  }

  close(): Promise<void> {
    return this.#voice.close();
  }
}
