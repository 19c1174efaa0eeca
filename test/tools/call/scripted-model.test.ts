import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silence, toneVoice } from '../../../packages/realtime-simulator/src/audio/tone-voice.js';
import { readScript } from '../../../packages/realtime-simulator/src/script/read-script.js';
import type { Script } from '../../../packages/realtime-simulator/src/script/script.js';
import { ModelVoice } from '../../../src/agents/realtime/model-voice.js';
import { loadConfig } from '../../../src/config.js';
import type { ModelStep } from '../../../tools/call/model-track.js';
import { callerStepsOf, readModelScript, ScriptedModel } from '../../../tools/call/scripted-model.js';
import { PCMU, RealtimeClient } from '../../support/realtime-client.js';

const BOOKING = new URL('../../../packages/realtime-simulator/examples/booking.yaml', import.meta.url);
const SPEECH = Buffer.concat([silence(400), toneVoice('hello'), silence(600)]);

async function setUpModel(script: Script, profile: 'openai' | 'azure' | 'xai' | 'huggingface' = 'openai') {
  const model = new ScriptedModel({ script, profile, isCallerScripted: script.caller !== undefined });
  onTestFinished(() => model.close());
  const steps: ModelStep[] = [];
  model.watch((step) => steps.push(step));
  const { realtime } = loadConfig(await model.listen());
  return { model, steps, realtime, client: new RealtimeClient(realtime.url, realtime.headers) };
}

describe('a scripted model', () => {
  it.each([
    ['openai', 'pcmu'],
    ['azure', 'pcmu'],
    ['xai', 'pcmu8000'],
    ['huggingface', 'pcm24000'],
  ] as const)(
    'is reached as %s by the settings that it gives, with its audio as %s',
    async (profile, audio) => {
      const { client, realtime } = await setUpModel({}, profile);
      await client.until('session.created');
      expect(realtime.audio).toBe(audio);
    },
  );

  it('shows what it hears, says, calls and is told, and is busy until a function has answered', async () => {
    const { model, steps, client } = await setUpModel({
      rules: [
        {
          when: { hears: 'oil' },
          do: [{ say: 'Let me see.' }, { call: 'find', arguments: { day: 'Monday' } }],
        },
        { when: { output: 'find' }, do: [{ say: 'At nine.' }] },
      ],
    });
    await client.ready(PCMU);
    model.callerSays('I need an oil change');
    client.append(SPEECH);
    const { response } = await client.until('response.done');
    expect(model.isBusy).toBe(true);
    const { call_id } = (response as { output: { call_id?: string }[] }).output[1] ?? {};
    const output = { type: 'function_call_output', call_id, output: 'nine' };
    client.send({ type: 'conversation.item.create', item: output }, { type: 'response.create' });
    await client.until('response.done', 2);
    expect(model.isBusy).toBe(false);
    expect(steps.map(({ does, text }) => `${does}: ${text}`)).toEqual([
      'hears: I need an oil change',
      'says: Let me see.',
      'calls: find {"day":"Monday"}',
      'is given: nine',
      'says: At nine.',
    ]);
    expect(model.breaches).toEqual([]);
  });

  it('shows nothing of sessions without a caller, and every breach as a sentence', async () => {
    const { model, steps, client } = await setUpModel({});
    await client.ready(PCMU);
    client.send({ type: 'response.create' });
    await client.until('response.done');
    client.send({ type: 'conversation.item.delete', item_id: 'none' });
    await client.until('error');
    expect(steps.map(({ does }) => does)).toEqual(['reports a breach']);
    expect(model.breaches).toEqual(["conversation.item.delete: Item with item_id 'none' not found."]);
  });

  it("hears the script's own caller when nobody says anything else", async () => {
    const { model, steps, client } = await setUpModel({ caller: ['the first line'] });
    await client.ready(PCMU);
    model.callerSays('something else');
    client.append(SPEECH);
    await client.until('response.done');
    expect(steps[0]).toEqual({ does: 'hears', text: 'the first line' });
  });
});

describe('a scripted model as the voice of a gateway', () => {
  it('says each text exactly as it is given, whatever the script has', async () => {
    const { model, realtime } = await setUpModel({ rules: [{ do: [{ say: 'Something else.' }] }] });
    const voice = new ModelVoice({ realtime });
    onTestFinished(() => voice.close());
    const { audio } = await voice.synthesize('Good morning. How can I help you?');
    expect(audio.length).toBeGreaterThan(8000);
    expect(model.breaches).toEqual([]);
  });
});

describe('the script of a model', () => {
  it('says what the caller does, and which of it interrupts', async () => {
    const script = readScript(await readFile(BOOKING, 'utf8'));
    expect(callerStepsOf(script)).toEqual([
      { kind: 'say', words: 'Hi, I need an oil change' },
      { kind: 'interrupt', words: 'No, Tuesday please' },
      { kind: 'say', words: 'Yes please' },
    ]);
    expect(callerStepsOf({})).toBeNull();
  });

  it('is refused with the name of its file and the line of its fault', async () => {
    await expect(readModelScript('no-such.yaml')).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining('no-such.yaml'),
    });
    const here = fileURLToPath(import.meta.url);
    await expect(readModelScript(here)).rejects.toThrow(
      /--model-script cannot be used: .*scripted-model\.test\.ts:\d+:/,
    );
  });
});
