import { describe, expect, it } from 'vitest';
import { toneVoice } from '../../packages/realtime-simulator/src/audio/tone-voice.js';
import type { Action } from '../../packages/realtime-simulator/src/script/script.js';
import { PCMU, setUpModel } from '../support/realtime-client.js';
import { arrived } from '../support/simulated-call.js';

async function setUpResponse(...actions: Action[]) {
  const { model, client } = await setUpModel({ script: { rules: [{ do: actions }] } });
  await client.ready(PCMU);
  client.send({ type: 'response.create', event_id: 'create' });
  return { model, client };
}

describe('a response', () => {
  it('is the audio of its words, with a transcript ahead of it and what it used', async () => {
    const text = 'Good morning. What can I do for you?';
    const { client } = await setUpResponse({ say: text, chunkMs: 100 });
    const done = await client.until('response.done');
    const audio = client
      .of('response.output_audio.delta')
      .map(({ delta }) => Buffer.from(String(delta), 'base64'));
    expect(Buffer.concat(audio).equals(toneVoice(text))).toBe(true);
    expect(client.types.indexOf('response.output_audio_transcript.delta')).toBeLessThan(
      client.types.indexOf('response.output_audio.delta'),
    );
    const seconds = Buffer.concat(audio).length / 8000;
    expect(done).toMatchObject({
      response: {
        status: 'completed',
        output: [{ type: 'message', content: [{ type: 'output_audio', transcript: text }] }],
        usage: { output_token_details: { audio_tokens: Math.ceil(seconds * 20) } },
      },
    });
  });

  it('begins late and comes in pieces, as the script paces it', async () => {
    const { model } = await setUpResponse({ say: 'One.', firstAfterMs: 40, chunkMs: 100, everyMs: 20 });
    const session = await model.session();
    await session.until('response.done');
    const times = (type: string) =>
      session.events.filter((event) => event.type === type).map(({ atMs }) => atMs);
    const [begunMs = 0] = times('response.content_part.added');
    const sent = times('response.output_audio.delta');
    // 165 ms of a word and 250 ms of its full stop. A timer may be a millisecond early.
    expect(sent).toHaveLength(5);
    expect((sent[0] ?? 0) - begunMs).toBeGreaterThanOrEqual(38);
    expect((sent[4] ?? 0) - (sent[0] ?? 0)).toBeGreaterThanOrEqual(72);
  });

  it('calls several functions at once, and hears what they gave by name', async () => {
    const rules = [
      {
        when: { response: 1 },
        do: [{ call: 'find_times', arguments: { day: 'Monday' } }, { call: 'shop_info' }],
      },
      { when: { output: 'find_times', says: 'nine' }, do: [{ say: 'At nine.' }] },
    ];
    const { model, client } = await setUpModel({ script: { rules } });
    await client.ready(PCMU);
    client.send({ type: 'response.create' });
    const { response } = await client.until('response.done');
    const { output } = response as { output: { call_id: string; name: string; arguments: string }[] };
    expect(output.map(({ name, arguments: given }) => [name, given])).toEqual([
      ['find_times', '{"day":"Monday"}'],
      ['shop_info', '{}'],
    ]);
    for (const { call_id, name } of output) {
      const answer = name === 'find_times' ? 'Monday at nine' : 'Main Street';
      client.send({
        type: 'conversation.item.create',
        item: { type: 'function_call_output', call_id, output: answer },
      });
    }
    client.send({ type: 'response.create' });
    await client.until('response.done', 2);
    expect(await client.until('response.output_audio_transcript.done')).toMatchObject({
      transcript: 'At nine.',
    });
    expect(model.breaches).toEqual([]);
  });

  it('is cancelled with half of a call, whose arguments are no JSON', async () => {
    const { client } = await setUpResponse({ call: 'book', arguments: { slot: 'monday-nine' }, half: true });
    expect(await client.until('response.done')).toMatchObject({
      response: { status: 'cancelled', output: [{ type: 'function_call', status: 'incomplete' }] },
    });
    const { arguments: half } = await client.until('response.function_call_arguments.done');
    expect(() => JSON.parse(String(half))).toThrow(SyntaxError);
  });

  it('stops where it is when the client cancels it', async () => {
    const { model, client } = await setUpResponse({
      say: 'One two three four five.',
      chunkMs: 20,
      everyMs: 5000,
    });
    await client.until('response.output_audio.delta');
    client.send({ type: 'response.cancel' });
    expect(await client.until('response.done')).toMatchObject({
      response: {
        status: 'cancelled',
        status_details: { reason: 'client_cancelled' },
        output: [{ status: 'incomplete' }],
      },
    });
    expect(client.of('response.output_audio.delta')).toHaveLength(1);
    expect(model.breaches).toEqual([]);
  });

  it('fails with the error that the script names', async () => {
    const { client } = await setUpResponse({ fail: { code: 'insufficient_quota' } });
    expect(await client.until('response.done')).toMatchObject({
      response: {
        status: 'failed',
        status_details: { error: { code: 'insufficient_quota', type: 'insufficient_quota' } },
      },
    });
  });

  it('fails when the voice that was handed in does', async () => {
    const { client } = await setUpModel({ speak: () => Promise.reject(new Error('no voice')) });
    await client.ready(PCMU);
    client.send({ type: 'response.create' });
    expect(await client.until('response.done')).toMatchObject({
      response: {
        status: 'failed',
        status_details: { error: { code: 'server_error', message: 'no voice' } },
      },
    });
  });

  it('is text, metadata and outside of the conversation when it is asked for so', async () => {
    const { client } = await setUpModel();
    await client.ready();
    const response = { output_modalities: ['text'], conversation: 'none', metadata: { purpose: 'summary' } };
    client.send({ type: 'response.create', response });
    expect(await client.until('response.done')).toMatchObject({
      response: {
        metadata: { purpose: 'summary' },
        output: [{ content: [{ type: 'output_text', text: 'All right.' }] }],
      },
    });
    expect(client.of('conversation.item.added')).toEqual([]);
  });
});

describe('what breaks', () => {
  it.each([
    ['a close', { close: 1011, reason: 'gone' }, 1011],
    ['a broken connection', { drop: true }, 1006],
    ['a session that is too old', { expire: true }, 1001],
  ] as const)('is %s', async (_, action, code) => {
    const { client } = await setUpResponse({ say: 'Well' }, action);
    expect(await client.untilClosed()).toBe(code);
    expect(client.of('response.done')).toEqual([]);
  });

  it('is garbage between two events', async () => {
    const { client } = await setUpResponse({ garbage: '{"type":' }, { say: 'Well' });
    await client.until('response.done');
    expect(client.texts).toContain('{"type":');
  });

  it('is a server that sends nothing more and stays', async () => {
    const { model, client } = await setUpResponse({ mute: true }, { say: 'Nobody hears this' });
    await client.until('rate_limits.updated');
    client.send({ type: 'conversation.item.retrieve', item_id: 'none' });
    await (await model.session()).until('conversation.item.retrieve');
    expect(client.types.at(-1)).toBe('rate_limits.updated');
    expect(client.closedWith).toBeNull();
  });

  it('is an error event or any other, sent as it is', async () => {
    const { client } = await setUpResponse(
      { error: { code: 'rate_limit_exceeded' } },
      { send: { type: 'new.event', a: 1 } },
    );
    await client.until('response.done');
    expect(await client.until('error')).toMatchObject({ error: { type: 'rate_limit_exceeded' } });
    expect(client.of('new.event')).toEqual([{ type: 'new.event', a: 1 }]);
  });

  it('is a format that was not asked for', async () => {
    const rules = [{ when: { on: 'update' as const }, do: [{ format: 'audio/pcm' as const }] }];
    const { client } = await setUpModel({ script: { rules } });
    await client.ready(PCMU);
    expect(await client.until('session.updated')).toMatchObject({
      session: {
        audio: { input: { format: { type: 'audio/pcm' } }, output: { format: { type: 'audio/pcm' } } },
      },
    });
  });

  it('is a moment of the session, after a while, and in this session alone', async () => {
    const rules = [{ when: { on: 'ready' as const, session: 1 }, do: [{ wait: 5 }, { close: 1013 }] }];
    const { client } = await setUpModel({ script: { rules } });
    await client.ready();
    expect(await client.untilClosed()).toBe(1013);
  });

  it('is what a test does at a moment of its own', async () => {
    const { model, client } = await setUpModel();
    await client.ready();
    (await model.session()).break({ close: 1012 });
    await arrived(() => expect(client.closedWith).toBe(1012));
  });

  it('is the response that is active when a test says so', async () => {
    const { model, client } = await setUpResponse({ say: 'One two three.', chunkMs: 20, everyMs: 5000 });
    await client.until('response.output_audio.delta');
    (await model.session()).break({ fail: { code: 'insufficient_quota' } });
    expect(await client.until('response.done')).toMatchObject({
      response: { status: 'failed', status_details: { error: { code: 'insufficient_quota' } } },
    });
  });
});
