import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toneVoice } from '../../packages/realtime-simulator/src/audio/tone-voice.js';
import { SpokenWords } from '../../packages/realtime-simulator/src/model/spoken-words.js';
import type { RealtimeSimulatorOptions } from '../../packages/realtime-simulator/src/realtime-simulator.js';
import type { Action } from '../../packages/realtime-simulator/src/script/script.js';
import { runs } from '../support/property-runs.js';
import { PCMU, type RealtimeClient, setUpModel } from '../support/realtime-client.js';

async function setUpWords(actions: Action[], options: RealtimeSimulatorOptions = {}) {
  const { model, client } = await setUpModel({ script: { rules: [{ do: actions }] }, ...options });
  await client.ready(PCMU);
  client.send({ type: 'response.create' });
  await client.until('response.done');
  return { client, session: await model.session() };
}

/** Ms of audio that had come when each word did. */
function wordsByAudio(client: RealtimeClient): [string, number][] {
  let ms = 0;
  return client.events.flatMap(({ type, delta }): [string, number][] => {
    if (type === 'response.output_audio.delta') ms += Buffer.from(String(delta), 'base64').length / 8;
    return type === 'response.output_audio_transcript.delta' ? [[String(delta).trim(), ms]] : [];
  });
}

describe("the times of the model's words", () => {
  it('are those of the audio, over all that is said in an item', async () => {
    const { session } = await setUpWords([{ say: 'One two.' }, { say: 'Three' }]);
    const first = toneVoice('One two.').length / 8;
    expect(session.wordTimes.map(({ word, startMs, endMs }) => [word, startMs, endMs])).toEqual([
      ['One', 0, 165],
      ['two.', 165, 165 + 60 + 220],
      ['Three', first, first + 275],
    ]);
    expect(new Set(session.wordTimes.map(({ itemId }) => itemId)).size).toBe(1);
  });

  it('are those that a voice gives, else shares by letters', async () => {
    const speak = (text: string) => {
      const audio = Buffer.alloc(8000, 1);
      return text === 'known to me' ? { audio, wordEndsMs: [100, 200, 900] } : audio;
    };
    const { session } = await setUpWords([{ say: 'known to me' }, { say: 'four fore', newItem: true }], {
      speak,
    });
    expect(session.wordTimes.map(({ endMs }) => endMs)).toEqual([100, 200, 900, 500, 1000]);
    expect(new Set(session.wordTimes.map(({ itemId }) => itemId)).size).toBe(2);
  });

  it.each([
    [300, -300],
    [-100, 100],
  ])('are told %d ms ahead of their sound where the script says so', async (wordsAheadMs, laterMs) => {
    const { client, session } = await setUpWords([
      { say: 'Monday at nine is free now', chunkMs: 20, wordsAheadMs },
    ]);
    const ends = new Map(session.wordTimes.map(({ word, endMs }) => [word, endMs]));
    const told = wordsByAudio(client).flatMap(([words, ms]) =>
      words.split(' ').map((word) => ({ word, ms })),
    );
    expect(told.map(({ word }) => word)).toEqual([...ends.keys()]);
    const lengthMs = toneVoice('Monday at nine is free now').length / 8;
    for (const { word, ms } of told) {
      const due = Math.max(0, Math.min(lengthMs, (ends.get(word) ?? 0) + laterMs));
      expect(Math.abs(ms - due)).toBeLessThanOrEqual(20);
    }
  });

  it('never lose a word of the transcript, however far ahead or behind they are told', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,6}[.,]?$/), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(words, fc.integer({ min: -2000, max: 2000 }), fc.boolean(), (said, aheadMs, joined) => {
        const text = said.join(' ');
        const audio = toneVoice(text);
        const spoken = new SpokenWords(text, { audio }, joined);
        let told = '';
        for (let sentMs = 100; sentMs < audio.length / 8; sentMs += 100) told += spoken.due(sentMs, aheadMs);
        expect(told + spoken.rest()).toBe(joined ? ` ${text}` : text);
      }),
      { numRuns: runs(200) },
    );
  });

  it('come one by one where the script paces tokens, as arguments do', async () => {
    const script = {
      audio: { tokenMs: 5 },
      rules: [{ do: [{ text: 'One two three.' }, { call: 'book', arguments: { slot: 'monday-at-nine' } }] }],
    };
    const { client } = await setUpWords([], { script });
    expect(client.of('response.output_text.delta').map(({ delta }) => delta)).toEqual([
      'One ',
      'two ',
      'three.',
    ]);
    expect(
      client
        .of('response.function_call_arguments.delta')
        .map(({ delta }) => delta)
        .join(''),
    ).toBe('{"slot":"monday-at-nine"}');
  });
});
