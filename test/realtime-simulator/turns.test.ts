import { describe, expect, it } from 'vitest';
import { silence, toneVoice } from '../../packages/realtime-simulator/src/audio/tone-voice.js';
import type { Script } from '../../packages/realtime-simulator/src/script/script.js';
import { PCMU, type RealtimeClient, setUpModel } from '../support/realtime-client.js';

const TRANSCRIBED = { transcription: { model: 'gpt-transcribe' } };

function speak(client: RealtimeClient): void {
  client.append(Buffer.concat([silence(400), toneVoice('hello'), silence(600)]));
}

async function setUpTurns(script: Script, input: Record<string, unknown> = {}) {
  const { model, client } = await setUpModel({ script });
  const { audio } = PCMU;
  await client.ready({ audio: { ...audio, input: { ...audio.input, ...input } } });
  return { model, client };
}

describe("the caller's turns", () => {
  it('are found by level, committed, and answered by the words that the script gives them', async () => {
    const rules = [{ when: { hears: '/oil|tires/' }, do: [{ say: 'On Monday.' }] }];
    const { model, client } = await setUpTurns({ caller: ['I need an oil change'], rules });
    speak(client);
    await client.until('response.done');
    expect(
      client.types.filter((type) => !type.startsWith('response.') && !type.startsWith('session.')),
    ).toEqual([
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      'rate_limits.updated',
      'conversation.item.added',
      'conversation.item.done',
    ]);
    const started = await client.until('input_audio_buffer.speech_started');
    const stopped = await client.until('input_audio_buffer.speech_stopped');
    // 400 ms of silence less 300 ms of prefix; the word is 275 ms, and then 500 ms of silence.
    expect(started.audio_start_ms).toBe(100);
    expect(stopped.audio_end_ms).toBeGreaterThanOrEqual(1160);
    expect(stopped.audio_end_ms).toBeLessThanOrEqual(1200);
    expect((await client.until('input_audio_buffer.committed')).item_id).toBe(started.item_id);
    expect(await client.until('response.output_audio_transcript.done')).toMatchObject({
      transcript: 'On Monday.',
    });
    expect(model.breaches).toEqual([]);
  });

  it('say what the test told, before what the script has', async () => {
    const rules = [{ when: { hears: 'brakes' }, do: [{ say: 'Brakes.' }] }];
    const { model, client } = await setUpTurns({ caller: ['nothing'], rules });
    model.callerSays('My BRAKES squeal');
    speak(client);
    await client.until('response.done');
    expect(await client.until('response.output_audio_transcript.done')).toMatchObject({
      transcript: 'Brakes.',
    });
  });

  it('are not answered when the client creates responses by itself', async () => {
    const turn_detection = { type: 'server_vad', create_response: false };
    const { client } = await setUpTurns({}, { turn_detection });
    speak(client);
    await client.until('input_audio_buffer.committed');
    expect(client.of('response.created')).toEqual([]);
    client.send({ type: 'response.create' });
    await client.until('response.done');
  });

  it('cut a response when they may interrupt', async () => {
    const { client } = await setUpTurns({ rules: [{ when: { response: 1 }, do: [{ wait: 60_000 }] }] });
    client.send({ type: 'response.create' });
    await client.until('response.created');
    speak(client);
    expect(await client.until('response.done')).toMatchObject({
      response: { status: 'cancelled', status_details: { type: 'cancelled', reason: 'turn_detected' } },
    });
    await client.until('response.done', 2);
  });

  it('leave it alone when they may not, and are then not answered by themselves', async () => {
    const turn_detection = { type: 'server_vad', interrupt_response: false };
    const rules = [
      { when: { response: 1 }, do: [{ wait: 300 }, { say: 'First.' }] },
      { when: { turn: 1 }, do: [{ say: 'Second.' }] },
    ];
    const { model, client } = await setUpTurns({ rules }, { turn_detection });
    client.send({ type: 'response.create' });
    await client.until('response.created');
    speak(client);
    await client.until('input_audio_buffer.committed');
    expect(await client.until('response.done')).toMatchObject({ response: { status: 'completed' } });
    expect(client.of('response.created')).toHaveLength(1);
    client.send({ type: 'response.create' });
    await client.until('response.done', 2);
    expect(await client.until('response.output_audio_transcript.done', 2)).toMatchObject({
      transcript: 'Second.',
    });
    expect(model.breaches).toEqual([]);
  });

  it('are transcribed late, out of order, or not at all, as the script says', async () => {
    const caller = [
      { says: 'one', transcriptAfterMs: 200 },
      { says: 'two', transcript: 'too', transcriptAfterMs: 0 },
      { says: 'three', transcriptFails: true },
    ];
    const { client } = await setUpTurns({ caller }, { ...TRANSCRIBED, turn_detection: null });
    for (let turn = 0; turn < 3; turn++) {
      client.append(silence(200));
      client.send({ type: 'input_audio_buffer.commit' });
    }
    await client.until('conversation.item.input_audio_transcription.completed', 2);
    const ids = client.of('input_audio_buffer.committed').map(({ item_id }) => item_id);
    const told = client.of('conversation.item.input_audio_transcription.completed');
    expect(told.map(({ item_id, transcript }) => [item_id, transcript])).toEqual([
      [ids[1], 'too'],
      [ids[0], 'one'],
    ]);
    expect(await client.until('conversation.item.input_audio_transcription.failed')).toMatchObject({
      item_id: ids[2],
      error: { code: 'server_error' },
    });
  });

  it('keep what was heard for the test that asks for it', async () => {
    const { model, client } = await setUpModel({ keepAudio: true });
    await client.ready(PCMU);
    client.append(Buffer.from([1, 2, 3]));
    client.append(Buffer.from([4]));
    client.send({ type: 'input_audio_buffer.clear' });
    await client.until('input_audio_buffer.cleared');
    expect([...(await model.session()).heard]).toEqual([1, 2, 3, 4]);
  });
});
