import { describe, expect, it } from 'vitest';
import { silence, toneVoice } from '../../packages/realtime-simulator/src/audio/tone-voice.js';
import type { Script } from '../../packages/realtime-simulator/src/script/script.js';
import { PCMU, setUpModel } from '../support/realtime-client.js';

const TURN = Buffer.concat([silence(400), toneVoice('hello'), silence(600)]);
const SORRY = 'I did not get that.';

async function setUp(script: Script) {
  const { client } = await setUpModel({ script: { otherwise: SORRY, ...script } });
  await client.ready(PCMU);
  return client;
}

describe("the caller's turn", () => {
  it('is answered by the next response when the first was cancelled before it said anything', async () => {
    const client = await setUp({
      caller: ['I need an oil change'],
      rules: [{ when: { hears: 'oil' }, do: [{ say: 'Let me see.', firstAfterMs: 60 }] }],
    });
    client.append(TURN);
    await client.until('response.created');
    client.send({ type: 'response.cancel' });
    expect(await client.until('response.done')).toMatchObject({ response: { status: 'cancelled' } });
    client.send({ type: 'response.create' });
    await client.until('response.done', 2);
    expect(client.said().at(-1)).toBe('Let me see.');
  });

  it('is answered together with the one that cut the first response off', async () => {
    const client = await setUp({
      caller: ['I need an oil change', 'on Tuesday'],
      rules: [
        { when: { hears: 'Tuesday', turn: 1 }, do: [{ say: 'An oil change on Tuesday.' }] },
        { when: { turn: 1 }, do: [{ wait: 5000 }] },
      ],
    });
    client.append(TURN);
    await client.until('response.created');
    client.append(TURN);
    await client.until('response.done', 2);
    expect(client.said()).toEqual(['An oil change on Tuesday.']);
  });

  it('counts as answered once the response has said some of its words', async () => {
    const client = await setUp({
      caller: ['I need an oil change'],
      rules: [{ when: { hears: 'oil' }, do: [{ say: 'One two three.', chunkMs: 20, everyMs: 20 }] }],
    });
    client.append(TURN);
    await client.until('response.output_audio.delta');
    client.send({ type: 'response.cancel' });
    await client.until('response.done');
    client.send({ type: 'response.create' });
    await client.until('response.done', 2);
    expect(client.said().at(-1)).toBe(SORRY);
  });

  it.each(['before', 'after'] as const)(
    'has no answer any more when the answer is deleted %s its response is over',
    async (when) => {
      const client = await setUp({
        caller: ['I need an oil change'],
        rules: [{ when: { hears: 'oil' }, do: [{ say: 'Let me see.', chunkMs: 20, everyMs: 20 }] }],
      });
      client.append(TURN);
      const { item_id } = await client.until('response.output_audio.delta');
      const requests = [{ type: 'conversation.item.delete', item_id }, { type: 'response.cancel' }];
      client.send(...(when === 'before' ? requests : requests.reverse()));
      await client.until('response.done');
      await client.until('conversation.item.deleted');
      client.send({ type: 'response.create' });
      await client.until('response.done', 2);
      expect(client.said().at(-1)).toBe('Let me see.');
    },
  );

  it('is not answered by a response that failed, or that stands outside of the conversation', async () => {
    const client = await setUp({
      caller: ['I need an oil change'],
      rules: [
        { when: { hears: 'oil' }, do: [{ fail: { code: 'server_error' } }], times: 1 },
        { when: { asked: 'sum it up', hears: 'oil' }, do: [{ say: 'They need oil.' }] },
        { when: { hears: 'oil' }, do: [{ say: 'Let me see.' }] },
      ],
    });
    client.append(TURN);
    expect(await client.until('response.done')).toMatchObject({ response: { status: 'failed' } });
    const aside = { conversation: 'none', instructions: 'sum it up' };
    client.send({ type: 'response.create', response: aside });
    await client.until('response.done', 2);
    client.send({ type: 'response.create' });
    await client.until('response.done', 3);
    client.send({ type: 'response.create' });
    await client.until('response.done', 4);
    expect(client.said()).toEqual(['They need oil.', 'Let me see.', SORRY]);
  });

  it('is not answered by half a function call, and is by a whole one', async () => {
    const client = await setUp({
      caller: ['I need an oil change'],
      rules: [
        {
          when: { hears: 'oil' },
          do: [{ call: 'find', arguments: { day: 'Monday' }, half: true }],
          times: 1,
        },
        { when: { hears: 'oil' }, do: [{ call: 'find', arguments: { day: 'Monday' } }] },
      ],
    });
    client.append(TURN);
    for (const count of [1, 2, 3]) {
      await client.until('response.done', count);
      if (count < 3) client.send({ type: 'response.create' });
    }
    const calls = client.of('response.done').map(({ response }) => (response as { status: string }).status);
    expect(calls).toEqual(['cancelled', 'completed', 'completed']);
    expect(client.said()).toEqual([SORRY]);
  });
});

describe('the output of a function', () => {
  it('is told by the next response when the first was cancelled before it said anything, and its latest value counts', async () => {
    const client = await setUp({
      rules: [
        { when: { turn: 1, output: 'find' }, do: [{ say: SORRY }] },
        { when: { turn: 1 }, do: [{ call: 'find' }] },
        {
          when: { output: 'find' },
          capture: { time: '/at (\\w+)/' },
          do: [{ wait: 60 }, { say: 'At $time.' }],
        },
      ],
    });
    client.append(TURN);
    const [call_id = ''] = await client.callIds();
    for (const output of ['at nine', 'at ten']) {
      const item = { type: 'function_call_output', call_id, output };
      client.send({ type: 'conversation.item.create', item }, { type: 'response.create' });
      await client.until('response.created', output === 'at nine' ? 2 : 3);
      if (output === 'at nine') client.send({ type: 'response.cancel' });
      await client.until('response.done', output === 'at nine' ? 2 : 3);
    }
    expect(client.said()).toEqual(['At ten.']);
  });
});
