import type { CallerStep } from '../../packages/twilio-simulator/src/call-command/caller-steps.js';
import { createKeptVoice } from '../voice/kept-voice.js';

/**
 * The phrases of a caller in our voice, made before the call: mu-law at 8 kHz for each, nothing for any other. Rejects with `SPEECH_FAILED` when one
 * cannot be said.
 */
export async function speakPhrases(steps: readonly CallerStep[]): Promise<(words: string) => Buffer> {
  const phrases = steps.flatMap((step) => (step.kind === 'key' ? [] : [step.words]));
  const spoken = new Map<string, Buffer>();
  if (phrases.length > 0) {
    const voice = await createKeptVoice();
    try {
      for (const words of phrases) spoken.set(words, (await voice.synthesize(words)).audio);
    } finally {
      await voice.close();
    }
  }
  return (words) => spoken.get(words) ?? Buffer.alloc(0);
}
