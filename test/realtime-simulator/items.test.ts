import { describe, expect, it } from 'vitest';
import { PCMU, type RealtimeClient, setUpModel } from '../support/realtime-client.js';

const message = (id: string, text = 'Hello') => ({
  id,
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text }],
});
const create = (id: string, previous_item_id?: string) => ({
  type: 'conversation.item.create',
  item: message(id),
  ...(previous_item_id === undefined ? {} : { previous_item_id }),
});

async function setUpReady() {
  const { model, client } = await setUpModel();
  await client.ready(PCMU);
  return { model, client };
}

/** A reply has been spoken; gives its item, and how many milliseconds it has. */
async function spoken(client: RealtimeClient) {
  client.send({ type: 'response.create' });
  await client.until('response.done');
  const deltas = client.of('response.output_audio.delta');
  const bytes = deltas.reduce((sum, { delta }) => sum + Buffer.from(String(delta), 'base64').length, 0);
  return { item_id: deltas[0]?.item_id, ms: bytes / 8 };
}

describe('the items of a conversation', () => {
  it('stand where the client puts them, and each names the one before', async () => {
    const { model, client } = await setUpReady();
    client.send(create('a'), create('b'), create('first', 'root'), create('between', 'a'));
    await client.until('conversation.item.done', 4);
    expect(client.of('conversation.item.added').map(({ previous_item_id }) => previous_item_id)).toEqual([
      null,
      'a',
      null,
      'a',
    ]);
    client.send(
      { type: 'conversation.item.delete', item_id: 'a' },
      { type: 'conversation.item.retrieve', item_id: 'b' },
    );
    expect(await client.until('conversation.item.deleted')).toMatchObject({ item_id: 'a' });
    expect(await client.until('conversation.item.retrieved')).toMatchObject({ item: message('b') });
    expect(model.breaches).toEqual([]);
  });

  it.each([
    ['an id that is taken', [create('a'), create('a')], 'item_already_exists'],
    ['a predecessor that is not there', [create('a', 'z')], 'item_not_found'],
    [
      'the deletion of what is not there',
      [{ type: 'conversation.item.delete', item_id: 'z' }],
      'item_not_found',
    ],
    [
      'the words of an assistant as audio',
      [
        {
          type: 'conversation.item.create',
          item: { type: 'message', role: 'assistant', content: [{ type: 'output_audio', transcript: 'Hi' }] },
        },
      ],
      'invalid_value',
    ],
    [
      'the output of a call that was not made',
      [
        {
          type: 'conversation.item.create',
          item: { type: 'function_call_output', call_id: 'z', output: '' },
        },
      ],
      'invalid_tool_call_id',
    ],
    [
      'the truncation of a seeded item',
      [create('a'), { type: 'conversation.item.truncate', item_id: 'a', content_index: 0, audio_end_ms: 10 }],
      'invalid_value',
    ],
  ])('are refused with %s', async (_, events, code) => {
    const { model, client } = await setUpReady();
    client.send(...events);
    expect(await client.until('error')).toMatchObject({ error: { code } });
    expect(model.breaches).toMatchObject([{ code }]);
  });

  it('are truncated within their audio, in whole milliseconds', async () => {
    const { model, client } = await setUpReady();
    const { item_id, ms } = await spoken(client);
    const truncate = (audio_end_ms: number) => ({
      type: 'conversation.item.truncate',
      item_id,
      content_index: 0,
      audio_end_ms,
    });
    client.send(truncate(100));
    expect(await client.until('conversation.item.truncated')).toMatchObject({ item_id, audio_end_ms: 100 });
    client.send({ type: 'conversation.item.retrieve', item_id });
    const { item } = await client.until('conversation.item.retrieved');
    expect(JSON.stringify(item)).not.toContain('All right');
    expect(model.breaches).toEqual([]);
    client.send(truncate(Math.ceil(ms) + 1), truncate(10.5), truncate(0));
    await client.until('error', 3);
    expect(client.of('error').map(({ error }) => error)).toMatchObject([
      {
        code: 'invalid_value',
        message: `Audio content of 100ms is already shorter than ${Math.ceil(ms) + 1}ms`,
      },
      { code: 'invalid_type' },
      { code: 'invalid_value', param: 'audio_end_ms' },
    ]);
    // Whether 0 is refused differs: to try it is no breach.
    expect(model.breaches.map(({ code }) => code)).toEqual(['invalid_value', 'invalid_type']);
  });
});

describe('the races that a client may lose', () => {
  it('cancel after the end, and a second response: refused, and no breach at first', async () => {
    const { model, client } = await setUpModel({
      script: { rules: [{ when: { response: 2 }, do: [{ wait: 60_000 }] }] },
    });
    await client.ready(PCMU);
    await spoken(client);
    client.send({ type: 'response.cancel', event_id: 'late' });
    expect(await client.until('error')).toMatchObject({
      error: { code: 'response_cancel_not_active', event_id: 'late' },
    });
    client.send({ type: 'response.create' }, { type: 'response.create', event_id: 'second' });
    expect(await client.until('error', 2)).toMatchObject({
      error: { code: 'conversation_already_has_active_response', event_id: 'second' },
    });
    client.send({ type: 'response.cancel', response_id: 'resp_1' });
    await client.until('error', 3);
    expect(model.breaches).toEqual([]);
    expect(client.of('response.created')).toHaveLength(2);
  });

  it('are breaches when the client had long been told', async () => {
    const { model, client } = await setUpModel({
      graceMs: -1,
      script: { rules: [{ do: [{ wait: 60_000 }] }] },
    });
    await client.ready(PCMU);
    client.send({ type: 'response.cancel' }, { type: 'response.create' }, { type: 'response.create' });
    await client.until('error', 2);
    expect(model.breaches.map(({ code }) => code)).toEqual([
      'cancel_without_response',
      'response_while_active',
    ]);
  });

  it('a buffer that is too short cannot be committed', async () => {
    const { model, client } = await setUpReady();
    client.append(Buffer.alloc(99 * 8));
    client.send({ type: 'input_audio_buffer.commit' });
    expect(await client.until('error')).toMatchObject({
      error: {
        code: 'input_audio_buffer_commit_empty',
        message: expect.stringContaining('only has 99.00ms'),
      },
    });
    expect(model.breaches).toMatchObject([{ code: 'input_audio_buffer_commit_empty' }]);
  });

  it('more than 15 MiB of audio, or none, is refused', async () => {
    const { model, client } = await setUpReady();
    client.append(Buffer.alloc(0));
    client.append(Buffer.alloc(15 * 1024 * 1024 + 1));
    await client.until('error', 2);
    expect(model.breaches.map(({ message: words }) => words)).toEqual([
      'Audio has no whole samples.',
      'Audio is over 15 MiB.',
    ]);
  });
});
