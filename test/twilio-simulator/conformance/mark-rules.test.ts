import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMarks } from '../../../packages/twilio-simulator/src/conformance/mark-rules.js';
import { clear, idsOf, mark, media, traceOf } from '../../support/stream-trace.js';

describe('checkMarks', () => {
  it('has nothing to say about names that never repeat behind audio, whatever is cleared', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 20, max: 900 }), fc.boolean())), (utterances) => {
        const seen = utterances.flatMap(([ms, cut], i) => [
          media(200 + i * 500, ms),
          mark(200 + i * 500, `u${i}`),
          ...(cut ? [clear(400 + i * 500)] : []),
        ]);
        expect(checkMarks(traceOf('first', ...seen))).toEqual([]);
      }),
    );
  });

  it('tells a name that repeats while it is pending from one that was back', () => {
    const pending = traceOf('first', media(200, 500), mark(200, 'a'), media(300, 100), mark(300, 'a'));
    expect(idsOf(checkMarks(pending))).toEqual(['mark-repeated-while-pending']);
    const back = traceOf('first', media(200, 100), mark(200, 'a'), media(400, 100), mark(400, 'a'));
    expect(idsOf(checkMarks(back))).toEqual(['mark-repeated']);
  });

  it('knows that a clear returns all marks', () => {
    const seen = [media(200, 5000), mark(200, 'a'), clear(300), media(400, 5000), mark(400, 'a')];
    expect(idsOf(checkMarks(traceOf('first', ...seen)))).toEqual(['mark-repeated']);
  });

  it('notes a mark without audio before it', () => {
    const seen = [
      mark(200, 'a'),
      media(300, 100),
      mark(300, 'b'),
      mark(300, 'c'),
      media(500, 20),
      clear(510),
      mark(520, 'd'),
    ];
    expect(
      checkMarks(traceOf('first', ...seen)).map(({ rule, atMs }) => [rule.id, rule.severity, atMs]),
    ).toEqual([
      ['mark-without-audio', 'note', 200],
      ['mark-without-audio', 'note', 300],
      ['mark-without-audio', 'note', 520],
    ]);
  });
});
