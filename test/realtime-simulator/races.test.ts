import { describe, expect, it } from 'vitest';
import { silence, toneVoice } from '../../packages/realtime-simulator/src/audio/tone-voice.js';
import type { Script } from '../../packages/realtime-simulator/src/script/script.js';
import { PCMU, type RealtimeClient, setUpModel } from '../support/realtime-client.js';

async function setUpScript(script: Script) {
  const { model, client } = await setUpModel({ script, graceMs: 0 });
  await client.ready(PCMU);
  return { model, client, session: await model.session() };
}

const TURN = Buffer.concat([silence(400), toneVoice('hello'), silence(600)]);

const outputOf = (call_id: string) => ({
  type: 'conversation.item.create',
  item: { type: 'function_call_output', call_id, output: 'nine' },
});

const codesOf = (client: RealtimeClient) =>
  client.of('error').map(({ error }) => (error as { code: string }).code);

describe('a race for a response', () => {
  it('is lost by a cancel that comes before the response is announced: it is spoken', async () => {
    const { model, client } = await setUpScript({ responseAfterMs: 60 });
    client.send({ type: 'response.create' }, { type: 'response.cancel', event_id: 'early' });
    expect(await client.until('response.done')).toMatchObject({ response: { status: 'completed' } });
    expect(await client.until('error')).toMatchObject({
      error: { code: 'response_cancel_not_active', event_id: 'early' },
    });
    expect(model.breaches).toEqual([]);
  });

  it('is lost by a create right behind a cancel that takes a moment', async () => {
    const { client } = await setUpScript({
      cancelAfterMs: 60,
      rules: [{ when: { response: 1 }, do: [{ say: 'One two three.', chunkMs: 20, everyMs: 20 }] }],
    });
    client.send({ type: 'response.create' });
    await client.until('response.output_audio.delta');
    const before = client.of('response.output_audio.delta').length;
    client.send({ type: 'response.cancel' }, { type: 'response.create', event_id: 'too soon' });
    expect(await client.until('error')).toMatchObject({
      error: { code: 'conversation_already_has_active_response', event_id: 'too soon' },
    });
    expect(await client.until('response.done')).toMatchObject({ response: { status: 'cancelled' } });
    expect(client.of('response.output_audio.delta').length).toBeGreaterThan(before);
    expect(client.of('response.created')).toHaveLength(1);
    client.send({ type: 'response.create' });
    expect(await client.until('response.done', 2)).toMatchObject({ response: { status: 'completed' } });
  });

  it('is lost by a create at the moment at which the server answers by itself', async () => {
    const { client } = await setUpScript({
      rules: [{ when: { on: 'create' }, do: [{ respond: true }], times: 1 }],
    });
    client.send({ type: 'response.create', event_id: 'ours' });
    await client.until('response.done');
    expect(await client.until('error')).toMatchObject({
      error: { code: 'conversation_already_has_active_response', event_id: 'ours' },
    });
    expect(client.of('response.created')).toHaveLength(1);
    client.send({ type: 'response.create' });
    await client.until('response.done', 2);
  });

  it('is lost by a create while the answer to a turn is on its way', async () => {
    const { client } = await setUpScript({ responseAfterMs: 60 });
    client.append(TURN);
    await client.until('input_audio_buffer.committed');
    client.send({ type: 'response.create' });
    await client.until('response.done');
    expect(codesOf(client)).toEqual(['conversation_already_has_active_response']);
  });

  it('is lost by the create of a function that ends when the caller has the turn again: the answer to the turn has its output', async () => {
    const { model, client } = await setUpScript({
      caller: ['what time', 'no, wait'],
      responseAfterMs: 60,
      rules: [
        { when: { hears: 'time' }, do: [{ call: 'find' }] },
        { when: { hears: 'wait', output: 'find' }, do: [{ say: 'I wait, and nine is free.' }] },
      ],
    });
    client.append(TURN);
    const [call_id = ''] = await client.callIds();
    client.append(TURN);
    await client.until('input_audio_buffer.committed', 2);
    client.send(outputOf(call_id), { type: 'response.create', event_id: 'of the function' });
    expect(await client.until('error')).toMatchObject({
      error: { code: 'conversation_already_has_active_response', event_id: 'of the function' },
    });
    await client.until('response.done', 2);
    expect(client.said()).toEqual(['I wait, and nine is free.']);
    expect(client.of('response.created')).toHaveLength(2);
    expect(model.breaches).toEqual([]);
  });

  it('is lost by the second of two creates for parallel functions; one create behind the last output has both', async () => {
    const rules = [
      { when: { turn: 1 }, do: [{ call: 'find' }, { call: 'ask' }] },
      { when: { output: 'find', says: 'nine' }, do: [{ say: 'Nine.', firstAfterMs: 40 }] },
      { when: { output: 'ask' }, do: [{ say: 'And who?' }] },
    ];
    const hasty = await setUpScript({ rules });
    hasty.client.append(TURN);
    const [find = '', ask = ''] = await hasty.client.callIds();
    const create = { type: 'response.create' };
    hasty.client.send(outputOf(find), create, outputOf(ask), create);
    await hasty.client.until('response.done', 2);
    expect(codesOf(hasty.client)).toEqual(['conversation_already_has_active_response']);
    hasty.client.send(create);
    await hasty.client.until('response.done', 3);
    expect(hasty.client.said()).toEqual(['Nine.', 'And who?']);

    const patient = await setUpScript({
      rules: [...rules.slice(0, 1), { when: { output: 'ask' }, do: [{ say: 'Both.' }] }],
    });
    patient.client.append(TURN);
    const ids = await patient.client.callIds();
    patient.client.send(...ids.map(outputOf), create);
    await patient.client.until('response.done', 2);
    expect(patient.client.said()).toEqual(['Both.']);
    expect(patient.model.breaches).toEqual([]);
  });

  it('is begun by a test at a moment of its own', async () => {
    const { client, session } = await setUpScript({});
    session.break({ respond: true });
    expect(await client.until('response.done')).toMatchObject({ response: { status: 'completed' } });
  });
});

describe('a session that came too late', () => {
  it('gets no output of a function that another one called', async () => {
    const { model, client } = await setUpScript({});
    const item = { type: 'function_call_output', call_id: 'call_of_before', output: 'Monday' };
    client.send({ type: 'conversation.item.create', event_id: 'output', item });
    expect(await client.until('error')).toMatchObject({
      error: { code: 'invalid_tool_call_id', event_id: 'output' },
    });
    expect(model.breaches.map(({ code }) => code)).toEqual(['invalid_tool_call_id']);
  });

  it('is too old after the milliseconds that the script gives it', async () => {
    const { client } = await setUpScript({
      rules: [{ when: { on: 'ready' }, do: [{ wait: 30 }, { expire: true }] }],
    });
    expect(await client.untilClosed()).toBe(1001);
    expect(codesOf(client)).toEqual(['session_expired']);
  });
});

describe('a server that has fallen silent', () => {
  it('blames no client for what it was never told', async () => {
    const { model, client, session } = await setUpScript({
      rules: [{ do: [{ say: 'Well', everyMs: 1000, chunkMs: 20 }] }],
    });
    session.break({ mute: true });
    client.send({ type: 'response.create' });
    client.send({ type: 'response.create' });
    client.send({ type: 'response.create' });
    await session.until('response.create', 3);
    expect(model.breaches).toEqual([]);
    expect(model.connections).toBe(1);
  });
});
