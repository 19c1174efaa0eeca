import fc from 'fast-check';
import { StreamMessages, streamSidOf } from './stream-messages.js';

/** What a stream has to make of one message, by itself. */
export type Meaning =
  | {
      readonly is: 'nothing' | 'malformed' | 'start' | 'stop' | 'wrong-stream' | 'not-the-caller' | 'binary';
    }
  | { readonly is: 'told'; readonly as: string };

export interface FuzzMessage {
  readonly text: string;
  readonly meaning: Meaning;
}

const [ours, theirs] = [new StreamMessages(), new StreamMessages(streamSidOf(2))];
const MOST_MALFORMED = 20;
const MOST_OUT_OF_ORDER = 3;

const json = (message: unknown, meaning: Meaning): FuzzMessage => ({
  text: JSON.stringify(message),
  meaning,
});
const malformed = (text: string): FuzzMessage => ({ text, meaning: { is: 'malformed' } });
const told = (as: string): Meaning => ({ is: 'told', as });
const nest = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const media = (change: Record<string, unknown>) =>
  JSON.stringify({ ...ours.media(), media: { ...ours.media().media, ...change } });
const start = (change: Record<string, unknown>) =>
  JSON.stringify({ ...ours.start(), start: { ...ours.start().start, ...change } });

const audio = fc
  .tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 999_999_999_999_999 }))
  .map(([bytes, at]) => json(ours.media(Buffer.alloc(bytes, 0x7f), at), told(`media ${bytes} at ${at}`)));
// A number of its own for each, as all messages of one stream have.
const key = fc
  .tuple(fc.constantFrom(...'0123456789*#ABCD'), fc.noBias(fc.integer({ min: 1, max: 1e9 })), fc.boolean())
  .map(([digit, sequence, isText]) =>
    json(
      { ...ours.dtmf(digit), sequenceNumber: isText ? String(sequence) : sequence },
      told(`digit ${digit}`),
    ),
  );
const numbered = fc
  .integer({ min: 0, max: 999_999_999_999_999 })
  .map((timestamp) => ({ text: media({ timestamp, chunk: 7 }), meaning: told(`media 160 at ${timestamp}`) }));
const mark = fc.string({ maxLength: 30 }).map((name) => json(ours.mark(name), told(`mark ${name}`)));
const order = fc.constantFrom(json(ours.start(), { is: 'start' }), json(ours.stop(), { is: 'stop' }));
const elsewhere = fc
  .constantFrom(theirs.media(), theirs.dtmf('1'), theirs.mark('m'), theirs.stop())
  .map((message) => json(message, { is: 'wrong-stream' }));
const unknown = fc
  .oneof(fc.constantFrom('sentiment', 'constructor', '__proto__', 'Media', ''), fc.string())
  .filter((event) => !['connected', 'start', 'media', 'dtmf', 'mark', 'stop'].includes(event))
  .map((event) => json({ event, streamSid: ours.streamSid }, { is: 'nothing' }));
const outbound = fc.constantFrom(
  { text: media({ track: 'outbound' }), meaning: { is: 'not-the-caller' } as Meaning },
  { text: media({ track: 'outbound_track', payload: '%' }), meaning: { is: 'not-the-caller' } as Meaning },
  json({ ...ours.dtmf('1'), dtmf: { track: 'outbound_track', digit: '1' } }, { is: 'not-the-caller' }),
);
const ignored = fc.constantFrom(
  json(ours.connected(), { is: 'nothing' }),
  { text: `{"event":"new","deep":${nest(30_000)}}`, meaning: { is: 'nothing' } as Meaning },
  { text: `{"__proto__":{"event":"stop"},"event":"new"}`, meaning: { is: 'nothing' } as Meaning },
);
const bent = fc.constantFrom(
  ...[
    '',
    '{',
    'null',
    '[]',
    '7',
    '"media"',
    '{}',
    '{"event":7}',
    '{"__proto__":{"event":"stop"}}',
    nest(30_000),
  ],
  ...['%', '=', 'A', 'AA=A', 'AAA\u00e4', '', null, 7, {}].map((payload) => media({ payload })),
  ...['-1', '1.5', '1e3', '9'.repeat(16), '', null, -20, 1.5, 1e15, {}].map((timestamp) =>
    media({ timestamp }),
  ),
  ...['E', '10', '', ' ', 5, null].map((digit) => JSON.stringify({ ...ours.dtmf('1'), dtmf: { digit } })),
  ...['CA1', '', null, {}].map((callSid) => start({ callSid })),
  ...[{}, null, { encoding: 'audio/wav' }].map((mediaFormat) => start({ mediaFormat })),
  ...['MZ1', '', null, '__proto__'].map((streamSid) => JSON.stringify({ ...ours.media(), streamSid })),
  `{"event":"media","streamSid":"${ours.streamSid}","media":{"payload":${nest(30_000)},"timestamp":"1"}}`,
);
const binary = fc.constant<FuzzMessage>({ text: JSON.stringify(ours.stop()), meaning: { is: 'binary' } });

/** What a peer may send, good and bad, in any order. */
export const fuzzedStream: fc.Arbitrary<FuzzMessage[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: audio },
    { weight: 1, arbitrary: numbered },
    { weight: 2, arbitrary: outbound },
    { weight: 3, arbitrary: key },
    { weight: 2, arbitrary: mark },
    { weight: 3, arbitrary: order },
    { weight: 2, arbitrary: elsewhere },
    { weight: 2, arbitrary: unknown },
    { weight: 1, arbitrary: ignored },
    { weight: 6, arbitrary: bent.map(malformed) },
    { weight: 1, arbitrary: binary },
  ),
  { maxLength: 40 },
);

/** What a stream tells its listener before its end, and how it is closed by us; null: it stays open. */
export function expectedOf(messages: readonly FuzzMessage[]): { told: string[]; closedWith: number | null } {
  const heard: string[] = [];
  let [started, broken, disordered] = [false, 0, 0];
  for (const { meaning } of messages) {
    if (meaning.is === 'binary') return { told: heard, closedWith: 1003 };
    if (meaning.is === 'nothing') continue;
    if (meaning.is === 'malformed') broken += 1;
    else if (meaning.is === 'start' ? started : !started) disordered += 1;
    else if (meaning.is === 'start') started = heard.push('start true') > 0;
    else if (meaning.is === 'told') heard.push(meaning.as);
    else if (meaning.is === 'stop') return { told: heard, closedWith: 1000 };
    if (broken > MOST_MALFORMED || disordered > MOST_OUT_OF_ORDER) return { told: heard, closedWith: 1008 };
  }
  return { told: heard, closedWith: null };
}
