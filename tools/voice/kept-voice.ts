import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FliteVoice, fliteVersion } from '../../src/speech/flite-voice.js';
import { VoiceCache } from '../../src/speech/voice-cache.js';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));

/** Where gateways that keep nothing else keep their prompts. */
export const PROMPTS = join(CACHE, 'bayline-prompts');

/** The gateway's own voice; what it says is kept below `node_modules/.cache`, until anything of the voice changes. */
export async function createKeptVoice(): Promise<VoiceCache> {
  return new VoiceCache({
    voice: new FliteVoice(),
    folder: join(CACHE, 'bayline-voice', await fliteVersion()),
  });
}
