import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { audioDelta } from '../../../src/agents/realtime/audio-delta.js';
import { runs } from '../../support/property-runs.js';

const type = 'response.output_audio.delta';
const delta = Buffer.alloc(300, 0x2a).toString('base64');
const part = { response_id: 'resp_1', item_id: 'item_1' };

describe('an event of audio', () => {
  test.each(['response.output_audio.delta', 'response.audio.delta'])(
    '%s is read as it was written',
    (name) => {
      const event = { type: name, event_id: 'event_1', ...part, output_index: 0, content_index: 0, delta };
      expect(audioDelta(JSON.stringify(event))).toEqual({ type: name, ...part, delta });
    },
  );

  test('is read whatever stands before the audio or behind it, or in between as space', () => {
    expect(audioDelta(`{ "delta":"${delta}" , "item_id": "item_1",\n "type": "${type}" }`)).toEqual({
      type,
      item_id: 'item_1',
      delta,
    });
  });

  test.each([
    ['is short', JSON.stringify({ type, delta: '////' })],
    ['has an escape in its audio', `{"type":"${type}","delta":"${delta.replaceAll('K', '\\/')}"}`],
    ['ends its audio with an escape', `{"type":"${type}","delta":"${delta}\\""}`],
    ['writes a name by an escape', `{"type":"${type}","of":{"delta":"${delta}"},"d\\u0065lta":""}`],
    ['has two of it', `{"type":"${type}","delta":"${delta}","delta":""}`],
    ['has it in something else', `{"type":"${type}","of":{"delta":"${delta}"}}`],
    ['has it in something else, and another', `{"type":"${type}","of":{"delta":"${delta}"},"delta" : ""}`],
    ['has a space before its audio', `{"type":"${type}","delta": "${delta}"}`],
    ['brings words', JSON.stringify({ type: 'response.output_audio_transcript.delta', delta })],
    ['is cut off', `{"type":"${type}","delta":"${delta}`],
    ['is no JSON', `{"type":"${type}","delta":"${delta}"`],
    ['has no type', JSON.stringify({ delta })],
    ['has a part that is no name', JSON.stringify({ type, item_id: 7, delta })],
    ['is a list', `["delta":"${delta}"]`],
  ])('is left to others when it %s', (_, text) => {
    expect(audioDelta(text)).toBeNull();
  });
});

test('whatever a server writes, it is not read otherwise than by JSON.parse', () => {
  const name = fc.constantFrom('type', 'delta', 'item_id', 'response_id', 'more', '"delta":"');
  const word = fc.constantFrom(type, delta, 'item_1', '', '\\', '"delta":"', `"delta":"${delta}`);
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 3 }, word, fc.constant(null), tie('list'), tie('object')),
    list: fc.array(tie('tree'), { maxLength: 3 }),
    object: fc
      .array(fc.tuple(name, tie('tree')), { maxLength: 5 })
      .map((entries) => Object.fromEntries(entries)),
  }));
  const event = fc.array(fc.tuple(name, fc.oneof(word, tree)), { maxLength: 5 });
  fc.assert(
    fc.property(event, fc.boolean(), (entries, isSpaced) => {
      const text = JSON.stringify({ type, delta, ...Object.fromEntries(entries) }, null, isSpaced ? 1 : 0);
      const read = audioDelta(text);
      const { response_id, item_id, ...written } = JSON.parse(text);
      if (read) expect(read).toEqual({ type: written.type, delta: written.delta, response_id, item_id });
    }),
    { numRuns: runs(2000) },
  );
});
