import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../packages/realtime-simulator/src/script/script.js';
import { runs } from '../support/property-runs.js';
import { type RealtimeClient, setUpModel } from '../support/realtime-client.js';
import { arrived } from '../support/simulated-call.js';

const words = fc.stringMatching(/^[a-z]{1,6}( [a-z]{1,6}){0,5}$/);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ say: words, chunkMs: fc.constantFrom(20, 100, 400), burst: fc.boolean() }),
  fc.record({ text: words }),
  fc.record({ call: words, arguments: fc.dictionary(words, words, { maxKeys: 3 }) }),
  fc.record({ call: words, arguments: fc.record({ a: words }), half: fc.constant(true) }),
  fc.record({ silence: fc.constantFrom(20, 300) }),
  fc.record({ wait: fc.constantFrom(0, 3) }),
  fc.record({ error: fc.record({ code: fc.constantFrom('server_error', 'rate_limit_exceeded') }) }),
  fc.record({ fail: fc.record({ code: fc.constantFrom('insufficient_quota', 'server_error') }) }),
  fc.record({ stop: fc.constantFrom('content_filter' as const, 'max_output_tokens' as const) }),
);
/** What the client does while responses are made. */
const step = fc.constantFrom('create', 'cancel', 'breathe');

/** The places of an item's events, in their order; deltas may come in any number. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  output_audio: [
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
    'delta',
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    'response.content_part.done',
    'conversation.item.done',
    'response.output_item.done',
  ],
  output_text: [
    'response.output_item.added',
    'conversation.item.added',
    'response.content_part.added',
    'delta',
    'response.output_text.done',
    'response.content_part.done',
    'conversation.item.done',
    'response.output_item.done',
  ],
  function_call: [
    'response.output_item.added',
    'conversation.item.added',
    'delta',
    'response.function_call_arguments.done',
    'conversation.item.done',
    'response.output_item.done',
  ],
};

type Event = RealtimeClient['events'][number];

function idOf(event: Event): unknown {
  return event.item_id ?? (event.item as { id?: string } | undefined)?.id;
}

function kindOf(event: Event): string {
  const item = event.item as { type: string; content?: { type: string }[] };
  return item.content?.[0]?.type ?? item.type;
}

/** Each item's events are those of its kind, in their order. */
function checkItems(events: readonly Event[]): void {
  for (const done of events.filter(({ type }) => type === 'response.output_item.done')) {
    const seen = events.filter((event) => idOf(event) === idOf(done)).map(({ type }) => String(type));
    const places = seen.map((type) => (type.endsWith('.delta') ? 'delta' : type));
    const distinct = places.filter((place, index) => place !== 'delta' || places[index - 1] !== 'delta');
    const expected = ORDER[kindOf(done)] ?? [];
    const without = expected.filter((place) => place !== 'delta' || distinct.includes('delta'));
    expect(distinct).toEqual(without);
  }
}

/** Responses follow one another: everything of one stands between its `created` and its `done`. */
function checkResponses(events: readonly Event[]): void {
  let active: string | null = null;
  const finished: string[] = [];
  for (const event of events) {
    const id = (event.response as { id: string } | undefined)?.id ?? null;
    if (event.type === 'response.created') {
      expect(active).toBeNull();
      active = id;
    } else if (event.type === 'response.done') {
      expect(id).toBe(active);
      finished.push(String(id));
      active = null;
    } else if (String(event.type).startsWith('response.')) expect(event.response_id).toBe(active);
  }
  expect(active).toBeNull();
  expect(new Set(finished).size).toBe(finished.length);
}

/** The transcript of a response runs ahead of its audio, never behind. */
function checkTranscripts(events: readonly Event[]): void {
  for (const done of events.filter(({ type }) => type === 'response.output_audio_transcript.done')) {
    const deltas = events.filter(
      ({ type, item_id }) => type === 'response.output_audio_transcript.delta' && item_id === done.item_id,
    );
    expect(deltas.map(({ delta }) => delta).join('')).toBe(done.transcript);
  }
}

describe('the order of the protocol', () => {
  it('is kept whatever the script says and whenever a client creates and cancels', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(action, { maxLength: 5 }), { minLength: 1, maxLength: 4 }),
        fc.array(step, { maxLength: 12 }),
        async (responses, steps) => {
          const rules = responses.map((actions, index) => ({ when: { response: index + 1 }, do: actions }));
          const { model, client } = await setUpModel({ script: { rules } });
          await client.ready();
          for (const does of ['create', ...steps]) {
            if (does === 'create') client.send({ type: 'response.create', event_id: 'create' });
            else if (does === 'cancel') client.send({ type: 'response.cancel' });
            else await new Promise((resolve) => setTimeout(resolve, 2));
          }
          // The last thing that is answered: by then every request has been read.
          client.send({ type: 'conversation.item.retrieve', item_id: 'none', event_id: 'last' });
          await arrived(() => {
            const answered = client
              .of('error')
              .some(({ error }) => (error as { event_id: string }).event_id === 'last');
            expect(answered).toBe(true);
            expect(client.of('response.done')).toHaveLength(client.of('response.created').length);
          });
          const { events } = client;
          checkResponses(events);
          checkItems(events);
          checkTranscripts(events);
          const refused = client
            .of('error')
            .filter(
              ({ error }) => (error as { code: string }).code === 'conversation_already_has_active_response',
            );
          const asked = ['create', ...steps].filter((does) => does === 'create').length;
          expect(client.of('response.created').length + refused.length).toBe(asked);
          await model.close();
        },
      ),
      { numRuns: runs(300) },
    );
  });
});
