import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { silence, toneVoice } from '../../../packages/realtime-simulator/src/audio/tone-voice.js';
import type { ProfileName } from '../../../packages/realtime-simulator/src/profiles.js';
import {
  RealtimeSimulator,
  type RealtimeSimulatorOptions,
} from '../../../packages/realtime-simulator/src/realtime-simulator.js';
import type { Script } from '../../../packages/realtime-simulator/src/script/script.js';
import { ModelVoice, modelVoiceId } from '../../../src/agents/realtime/model-voice.js';
import { decode } from '../../../src/audio/mulaw.js';
import { VoiceCache } from '../../../src/speech/voice-cache.js';
import { describeTextToSpeech } from '../../contracts/text-to-speech.js';
import { activeLevel } from '../../support/audio-measures.js';
import { settingsFor } from '../../support/model-session.js';

/** A model that says what it is given to say. */
const OBEDIENT: Script = {
  rules: [{ capture: { text: '/^([^]+)$/' }, do: [{ say: '$text' }] }],
};

const contractModel = new RealtimeSimulator({ script: OBEDIENT });
const contractUrl = await contractModel.listen();
afterAll(() => contractModel.close());

describeTextToSpeech('A voice model', () => new ModelVoice({ realtime: settingsFor('openai', contractUrl) }));

async function setUp(
  {
    profile = 'openai',
    ...options
  }: Omit<RealtimeSimulatorOptions, 'profile'> & { profile?: ProfileName } = {},
  { env = {}, deadlineMs }: { env?: Record<string, string>; deadlineMs?: number } = {},
) {
  const model = new RealtimeSimulator({ script: OBEDIENT, profile, ...options });
  const realtime = settingsFor(profile, await model.listen(), env);
  const voice = new ModelVoice({ realtime, ...(deadlineMs === undefined ? {} : { deadlineMs }) });
  onTestFinished(async () => {
    await voice.close();
    await model.close();
  });
  return { model, realtime, voice };
}

const GREETING = 'Thank you for calling Bayline Auto Repair. We open at 8:00.';

describe('a text in the voice of the model', () => {
  test.each(['openai', 'azure', 'xai', 'huggingface', 'localai'] as const)(
    '%s says it, at the level at which it speaks, without a breach of the protocol',
    async (profile) => {
      const { model, voice } = await setUp({ profile });
      const { audio } = await voice.synthesize(GREETING);
      const spoken = Buffer.from(toneVoice(GREETING));
      expect(Math.abs(activeLevel(decode(audio)) - activeLevel(decode(spoken)))).toBeLessThan(3);
      expect(model.breaches).toEqual([]);
      expect(model.sessions).toHaveLength(1);
    },
    10_000,
  );

  test('has no silence around it beyond a breath', async () => {
    const speak = (text: string) => Buffer.concat([silence(900), toneVoice(text), silence(1500)]);
    const { voice } = await setUp({ speak });
    const { audio } = await voice.synthesize('Yes.');
    const tone = toneVoice('Yes.').length / 8 - 250;
    expect(audio.length / 8).toBeGreaterThanOrEqual(tone);
    expect(audio.length / 8).toBeLessThan(tone + 200);
    expect(audio.length % 160).toBe(0);
  });

  test('is asked for once more when the model said something else', async () => {
    const rules = [
      { when: { session: 1 }, do: [{ say: 'Sure, here it is: yes.' }] },
      ...(OBEDIENT.rules ?? []),
    ];
    const { model, voice } = await setUp({ script: { rules } });
    expect((await voice.synthesize('Yes.')).audio.length).toBeGreaterThan(0);
    expect(model.sessions).toHaveLength(2);
  });

  test.each<[string, Script]>([
    ['says something else twice', { otherwise: 'How can I help?' }],
    ['answers in text', { rules: [{ do: [{ text: 'Yes.' }] }] }],
    ['makes no sound', { rules: [{ do: [{ silence: 500 }] }] }],
    ['stops in the middle', { rules: [{ do: [{ say: 'Yes.' }, { stop: 'max_output_tokens' }] }] }],
    ['fails', { rules: [{ do: [{ fail: { code: 'server_error' } }] }] }],
    ['hangs up', { rules: [{ do: [{ close: 1011 }] }] }],
    ['does not answer', { opening: { refuse: 503 } }],
  ])('is not made when the model %s', async (_, script) => {
    const { voice } = await setUp({ script });
    await expect(voice.synthesize('Yes.')).rejects.toMatchObject({ code: 'SPEECH_FAILED' });
  });

  test('is given up when it takes too long', async () => {
    const { voice } = await setUp({ script: { rules: [{ do: [{ wait: 60_000 }] }] } }, { deadlineMs: 300 });
    await expect(voice.synthesize('Yes.')).rejects.toThrow('took too long');
  });

  test('is not asked for again for a while where the key is wrong', async () => {
    const { voice } = await setUp({ apiKey: 'another' });
    await expect(voice.synthesize('Yes.')).rejects.toThrow('it refused (http_401), and would again');
    await expect(voice.synthesize('No.')).rejects.toThrow('it refused a moment ago');
  });

  test('is said before those for which nobody waits, one at a time', async () => {
    const { model, voice } = await setUp();
    const order: string[] = [];
    const say = (text: string, background: boolean) =>
      voice.synthesize(text, { background }).then(() => order.push(text));
    await Promise.all([say('One.', true), say('Two.', true), say('Three.', false)]);
    expect(order).toEqual(['One.', 'Three.', 'Two.']);
    expect(model.sessions).toHaveLength(3);
  });

  test('is kept by model and voice, and made once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bayline-model-voice-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const { model, realtime } = await setUp();
    // Each has a voice of its own, as after a restart.
    const kept = (id: string) =>
      new VoiceCache({ voice: new ModelVoice({ realtime }), folder: join(folder, id) });
    const first = kept(modelVoiceId(realtime));
    const speech = await first.synthesize(GREETING);
    await first.written;
    expect(await kept(modelVoiceId(realtime)).synthesize(GREETING)).toEqual(speech);
    expect(model.sessions).toHaveLength(1);
    const ids = [realtime, { ...realtime, voice: 'cedar' }, { ...realtime, language: 'de' }].map(
      modelVoiceId,
    );
    expect(new Set(ids).size).toBe(3);
    expect(ids.join()).toMatch(/^[a-z0-9,-]+$/);
  });
});
