import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { FliteVoice } from '../../../src/speech/flite-voice.js';
import { VoiceCache } from '../../../tools/replay/voice-cache.js';
import { describeTextToSpeech } from '../../contracts/text-to-speech.js';
import { QuickVoice } from '../../support/test-gateway.js';

const kept = await mkdtemp(join(tmpdir(), 'bayline-voice-'));
afterAll(() => rm(kept, { recursive: true, force: true }));

describeTextToSpeech(
  'A voice that keeps',
  () => new VoiceCache(new FliteVoice({ deadlineMs: 60_000 }), kept),
);

test('a sentence is made once, by whatever process, and made anew when what was kept is damaged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bayline-voice-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const first = new VoiceCache(new QuickVoice(), join(folder, 'made'));
  const speech = await first.synthesize('Goodbye.');
  const second = new VoiceCache(new QuickVoice(), join(folder, 'made'));
  expect(await second.synthesize('Goodbye.')).toEqual(speech);
  expect([first.made, second.made]).toEqual([1, 0]);
  const [file = ''] = await readdir(join(folder, 'made'));
  await writeFile(join(folder, 'made', file), '{"audio":');
  expect(await second.synthesize('Goodbye.')).toEqual(speech);
  expect(second.made).toBe(1);
});
