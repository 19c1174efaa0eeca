import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FliteVoice, fliteVersion } from '../../src/speech/flite-voice.js';
import { VoiceCache } from '../../src/speech/voice-cache.js';

/** The gateway's own voice; what it says is kept below `node_modules/.cache`, until anything of the voice changes. */
export async function createReplayVoice(): Promise<VoiceCache> {
  const cache = fileURLToPath(new URL('../../node_modules/.cache/bayline-voice/', import.meta.url));
  return new VoiceCache({ voice: new FliteVoice(), folder: join(cache, await fliteVersion()) });
}
