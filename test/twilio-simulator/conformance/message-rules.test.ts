import { describe, expect, it } from 'vitest';
import { checkMessages } from '../../../packages/twilio-simulator/src/conformance/message-rules.js';
import { clear, idsOf, mark, media, SID, text, traceOf } from '../../support/stream-trace.js';

const check = (...seen: Parameters<typeof traceOf> extends [unknown, ...infer Rest] ? Rest : never) =>
  checkMessages(traceOf('first', ...seen));

describe('checkMessages', () => {
  it('has nothing to say about the three messages that Twilio knows', () => {
    expect(check(media(200, 100), mark(200, 'a'), clear(300))).toEqual([]);
  });

  it.each([
    ['hello', 'not-json', 31951],
    ['{"event":"speak"}', 'unknown-event', 31951],
    [`{"event":"media","streamSid":"${SID}","media":{}}`, 'missing-field', 31951],
    [`{"event":"clear","streamSid":"${SID}","reason":"x"}`, 'extra-field', 31951],
    ['{"event":"clear","streamSid":"MZother"}', 'wrong-stream-sid', 31951],
    [`{"event":"media","streamSid":"${SID}","media":{"payload":"A"}}`, 'bad-base64', 31951],
    [`{"event":"media","streamSid":"${SID}","media":{"payload":""}}`, 'empty-payload', null],
    [`{"event":"mark","streamSid":"${SID}","mark":{"name":""}}`, 'empty-mark-name', null],
  ])('reports %s as %s, Twilio %s', (message, id, twilio) => {
    expect(check(text(200, message))).toMatchObject([{ rule: { id, twilio }, atMs: 200 }]);
  });

  it('reports a binary message as 31950', () => {
    expect(check({ kind: 'binary', bytes: 160, atMs: 200 })).toMatchObject([
      { rule: { id: 'binary-message', twilio: 31950 }, seen: 'A binary message of 160 bytes came' },
    ]);
  });

  it('reports anything before start as that and nothing else', () => {
    const early = [text(50, '{"event":"clear"}'), { kind: 'binary', bytes: 1, atMs: 60 } as const];
    const trace = traceOf('first');
    const [connect, opened, start] = trace.seen;
    if (!connect || !opened || !start) throw new Error('A trace begins with three observations');
    expect(idsOf(checkMessages({ ...trace, seen: [connect, opened, ...early, start] }))).toEqual([
      'before-start',
      'before-start',
    ]);
  });
});
