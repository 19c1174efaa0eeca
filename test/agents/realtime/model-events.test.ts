import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelEvents, type ServerMessage } from '../../../src/agents/realtime/model-events.js';
import { runs } from '../../support/property-runs.js';

type Wire = Readonly<Record<string, unknown>>;

function reader(sentMs = 1000): ModelEvents {
  return new ModelEvents({
    toMulaw: (base64) => Buffer.from(base64, 'base64'),
    givenMs: (serverMs) => serverMs ?? sentMs,
  });
}

function readAll(events: readonly Wire[], model = reader()): (ServerMessage | 'garbage')[] {
  return events.flatMap(
    (event): readonly (ServerMessage | 'garbage')[] => model.read(JSON.stringify(event)) ?? ['garbage'],
  );
}

const part = { response_id: 'resp_1', item_id: 'item_1' };
const place = { responseId: 'resp_1', itemId: 'item_1' };
const created = { type: 'response.created', response: { id: 'resp_1' } };
const done = (response: Wire = {}) => ({
  type: 'response.done',
  response: { id: 'resp_1', status: 'completed', ...response },
});
const call = { id: 'item_1', type: 'function_call', call_id: 'call_1', name: 'book' };
const itemDone = (item: Wire) => ({ type: 'response.output_item.done', response_id: 'resp_1', item });
const calls = (messages: readonly (ServerMessage | 'garbage')[]) =>
  messages.flatMap((message) => (message !== 'garbage' && message.type === 'function_call' ? [message] : []));

describe('names of today and of the beta', () => {
  test.each(['response.output_audio.delta', 'response.audio.delta'])('%s is audio', (type) => {
    expect(readAll([{ type, ...part, delta: '////' }])).toEqual([
      { type: 'audio', ...place, audio: Buffer.from([255, 255, 255]) },
    ]);
  });

  test.each([
    'response.output_audio_transcript',
    'response.audio_transcript',
    'response.output_text',
    'response.text',
  ])('%s are words', (name) => {
    const events = [
      { type: `${name}.delta`, ...part, delta: 'Good ' },
      {
        type: `${name}.done`,
        ...part,
        ...(name.endsWith('text') ? { text: 'Good day' } : { transcript: 'Good day' }),
      },
    ];
    expect(readAll(events)).toEqual([
      { type: 'words', ...place, delta: 'Good ' },
      { type: 'words_done', ...place, text: 'Good day' },
    ]);
  });

  test('what is not known says nothing', () => {
    const types = [
      'response.mcp_call.completed',
      'rate_limits.updated',
      'conversation.item.added',
      'of.tomorrow',
      '__proto__',
      'constructor',
    ];
    expect(readAll(types.map((type) => ({ type, anything: 1 })))).toEqual([]);
  });
});

describe('what servers leave out', () => {
  test('the response and item of a part are then the latest', () => {
    const added = { type: 'response.output_item.added', item: { id: 'item_1', type: 'message' } };
    expect(
      readAll([created, added, { type: 'response.output_audio.delta', delta: '/w==' }]).slice(1),
    ).toEqual([{ type: 'audio', ...place, audio: Buffer.from([255]) }]);
  });

  test('audio without any response is garbage', () => {
    expect(readAll([{ type: 'response.output_audio.delta', delta: '/w==' }])).toEqual(['garbage']);
  });

  test('a response without a status was completed, and failed where an error is told', () => {
    const failed = { status: undefined, status_details: { error: { code: 'server_error' } } };
    expect(readAll([done({ status: undefined }), done(failed)])).toMatchObject([
      { status: 'completed', reason: null },
      { status: 'failed', reason: 'server_error' },
    ]);
  });

  test('speech without a time or an item is of now', () => {
    expect(readAll([{ type: 'input_audio_buffer.speech_started' }], reader(440))).toEqual([
      { type: 'speech_started', atMs: 440, itemId: null },
    ]);
  });

  test('a transcript that grows is told each time', () => {
    const type = 'conversation.item.input_audio_transcription.completed';
    const texts = ['An', 'An oil change'].map((transcript) => ({ type, item_id: 'item_1', transcript }));
    expect(readAll(texts)).toEqual([
      { type: 'caller_words', itemId: 'item_1', text: 'An' },
      { type: 'caller_words', itemId: 'item_1', text: 'An oil change' },
    ]);
  });

  test('an error without details has no code', () => {
    expect(readAll([{ type: 'error' }, { type: 'error', error: { message: 'no' } }])).toEqual([
      { type: 'error', code: 'other', requestId: null },
      { type: 'error', code: 'other', requestId: null },
    ]);
  });
});

describe('a function call', () => {
  const args = '{"slot":3}';
  const argumentsDone = {
    type: 'response.function_call_arguments.done',
    ...part,
    call_id: 'call_1',
    arguments: args,
  };
  const told = { type: 'function_call', ...place, callId: 'call_1', name: 'book', arguments: args };
  const added = { type: 'response.output_item.added', response_id: 'resp_1', item: call };

  test('is told once, when its item is done', () => {
    const item = { ...call, status: 'completed', arguments: args };
    const messages = readAll([
      created,
      added,
      argumentsDone,
      itemDone(item),
      itemDone(item),
      done({ output: [item] }),
    ]);
    expect(calls(messages)).toEqual([told]);
    expect(messages.findIndex((each) => each !== 'garbage' && each.type === 'function_call')).toBe(1);
  });

  test('is never told when it was interrupted', () => {
    const item = { ...call, status: 'incomplete', arguments: '{"sl' };
    const half = { ...argumentsDone, arguments: '{"sl' };
    expect(
      calls(readAll([created, added, half, itemDone(item), done({ status: 'cancelled', output: [item] })])),
    ).toEqual([]);
    expect(calls(readAll([created, added, half, itemDone(item), done({ output: [item] })]))).toEqual([]);
  });

  test('without a status is told where its arguments are whole', () => {
    expect(calls(readAll([created, itemDone({ ...call, arguments: args })]))).toEqual([told]);
    expect(
      calls(readAll([created, itemDone({ ...call, arguments: '{"sl' }), done({ status: 'cancelled' })])),
    ).toEqual([]);
  });

  test('of a server that tells the arguments alone is told at the end of its response', () => {
    const messages = readAll([created, { ...argumentsDone, name: 'book' }, done()]);
    expect(messages.map((each) => (each === 'garbage' ? each : each.type))).toEqual([
      'response_created',
      'function_call',
      'response_done',
    ]);
    expect(calls(messages)).toEqual([told]);
    expect(
      calls(readAll([created, { ...argumentsDone, name: 'book' }, done({ status: 'cancelled' })])),
    ).toEqual([]);
  });

  test('whose arguments are no JSON is told as it is, for its item says that it is completed', () => {
    const item = { ...call, status: 'completed', arguments: 'tomorrow' };
    expect(calls(readAll([itemDone(item)]))).toMatchObject([{ arguments: 'tomorrow' }]);
  });
});

test('usage is what the server counted', () => {
  const usage = {
    input_token_details: { audio_tokens: 40, text_tokens: 300, cached_tokens: 256 },
    output_token_details: { audio_tokens: 90, text_tokens: 20 },
  };
  expect(readAll([done({ usage })])).toMatchObject([
    { usage: { audio_in: 40, text_in: 300, cached_in: 256, audio_out: 90, text_out: 20 } },
  ]);
  expect(readAll([done({ usage: { input_token_details: { audio_tokens: -4 } } })])).toMatchObject([
    { usage: { audio_in: 0, audio_out: 0 } },
  ]);
});

test('a code that is not known is told as other, for it may say anything', () => {
  const error = (code: string) => ({ type: 'error', error: { code, event_id: 'bl_1' } });
  expect(readAll([error('invalid_value'), error('Maria Gonzalez, +15125550100')])).toEqual([
    { type: 'error', code: 'invalid_value', requestId: 'bl_1' },
    { type: 'error', code: 'other', requestId: 'bl_1' },
  ]);
});

describe('whatever comes', () => {
  const types = [
    'session.created',
    'session.updated',
    'input_audio_buffer.speech_started',
    'input_audio_buffer.committed',
    'conversation.item.input_audio_transcription.completed',
    'response.created',
    'response.output_item.added',
    'response.output_item.done',
    'response.function_call_arguments.done',
    'response.output_audio.delta',
    'response.output_audio_transcript.delta',
    'response.done',
    'error',
  ];
  const field = fc.constantFrom(
    'item',
    'response',
    'item_id',
    'response_id',
    'delta',
    'error',
    'session',
    'transcript',
    'arguments',
    'audio',
  );
  const event = fc
    .tuple(fc.constantFrom(...types), fc.dictionary(field, fc.jsonValue({ maxDepth: 4 })))
    .map(([type, fields]) => JSON.stringify({ ...fields, type }));
  const anything = fc.oneof(event, fc.json(), fc.string({ unit: 'binary' }));

  test('nothing is thrown, and what is told is either garbage or a message', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 30 }), (texts) => {
        const model = reader();
        for (const text of texts) {
          const messages = model.read(text);
          if (messages !== null) for (const { type } of messages) expect(type).toMatch(/^[a-z_]+$/);
        }
      }),
      { numRuns: runs(5000) },
    );
  });

  test.each([
    ['nested without end', `{"type":"error","error":${'['.repeat(200_000)}`],
    [
      'too long for an id',
      JSON.stringify({ type: 'input_audio_buffer.committed', item_id: 'x'.repeat(300) }),
    ],
    [
      'too long for words',
      JSON.stringify({ type: 'response.output_text.done', ...part, text: 'x'.repeat(100_001) }),
    ],
    ['no object', '"text"'],
    ['without a type', '{"delta":"x"}'],
  ])('a message %s is garbage', (_, text) => {
    expect(reader().read(text)).toBeNull();
  });

  test('a thousand calls that are begun and never finished are not kept', () => {
    const model = reader();
    const begun = Array.from({ length: 1000 }, (_, n) => ({
      type: 'response.output_item.added',
      response_id: 'resp_1',
      item: { ...call, id: `item_${n}`, call_id: `call_${n}` },
    }));
    readAll(begun, model);
    expect(calls(readAll([done()], model))).toEqual([]);
    const next = itemDone({
      ...call,
      id: 'item_next',
      call_id: 'call_next',
      status: 'completed',
      arguments: '{}',
    });
    expect(calls(readAll([next], model))).toHaveLength(1);
  });
});
