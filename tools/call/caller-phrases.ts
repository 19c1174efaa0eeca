import { FliteVoice } from '../../src/speech/flite-voice.js';

/**
 * The phrases in our voice, made before the call: mu-law at 8 kHz for each, nothing for any other. Rejects with `SPEECH_FAILED` when one
 * cannot be said.
 */
export async function speakPhrases(phrases: readonly string[]): Promise<(words: string) => Buffer> {
  const spoken = new Map<string, Buffer>();
  if (phrases.length > 0) {
    const voice = new FliteVoice();
    try {
      for (const words of phrases) spoken.set(words, (await voice.synthesize(words)).audio);
    } finally {
      await voice.close();
    }
  }
  return (words) => spoken.get(words) ?? Buffer.alloc(0);
}
