import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../packages/twilio-simulator/src/conformance/observation.js';
import {
  checkInterruptions,
  checkTail,
} from '../../../packages/twilio-simulator/src/conformance/turn-rules.js';
import { speechLike } from '../../support/served-call.js';
import { clear, did, ended, idsOf, mark, media, traceOf } from '../../support/stream-trace.js';

const check = (...seen: Observation[]) => idsOf(checkInterruptions(traceOf('keys', ...seen)));

describe('checkInterruptions', () => {
  it('notes a key, or speech, over which the server speaks on', () => {
    expect(check(media(200, 5000), did(500, 'key'))).toEqual(['key-does-not-interrupt']);
    expect(check(media(200, 5000), did(500, 'speech'))).toEqual(['speech-does-not-interrupt']);
    expect(checkInterruptions(traceOf('keys', media(200, 5000), did(500, 'key')))).toMatchObject([
      { rule: { severity: 'note' } },
    ]);
  });

  it('is content with a clear, even when the answer follows at once', () => {
    expect(check(media(200, 5000), did(500, 'key'), clear(520), media(521, 5000))).toEqual([]);
    expect(check(media(200, 5000), did(500, 'speech'), clear(3400), media(3400, 5000))).toEqual([]);
  });

  it('is content when what was sent is over soon: a server that sends in time has only to stop', () => {
    expect(check(media(200, 400), did(500, 'key'))).toEqual([]);
    expect(check(media(200, 2900), did(500, 'speech'))).toEqual([]);
  });

  it('has no opinion on what comes while the server is silent, or when the call was not watched on', () => {
    expect(check(did(300, 'key'), media(310, 5000))).toEqual([]);
    expect(check(media(200, 5000), did(500, 'key'), ended(900))).toEqual([]);
  });

  it('has no opinion on a server that sends in time: what comes later may be its answer', () => {
    const inTime = Array.from({ length: 100 }, (_, i) => media(200 + i * 50, 60));
    expect(check(...inTime, did(900, 'key'), did(900, 'speech'))).toEqual([]);
  });
});

describe('checkTail', () => {
  const greeting = speechLike(16_000, 1);
  const whole = traceOf('first', media(200, greeting), mark(200, 'a'));
  const cut = (after: Buffer, atMs = 520) =>
    traceOf('keys', media(200, greeting.subarray(0, 8000)), clear(500), media(atMs, after));

  it('finds the interrupted utterance behind its clear', () => {
    expect(checkTail(whole, cut(greeting.subarray(8000, 9600)))).toMatchObject({
      decided: true,
      breach: { rule: { id: 'speech-goes-on-after-clear', severity: 'error' }, atMs: 500 },
    });
  });

  it('clears a server that says anything else: another sentence, the same from its beginning, the part that was lost', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: 2, max: 9999 }).map((seed) => speechLike(1600, seed)),
          fc.integer({ min: 0, max: 7999 }).map((at) => greeting.subarray(at, at + 1600)),
        ),
        (after) => {
          expect(checkTail(whole, cut(after))).toEqual({ decided: true, breach: null });
        },
      ),
    );
  });

  it('clears a server that takes the utterance up again later, or says nothing', () => {
    expect(checkTail(whole, cut(greeting.subarray(8000), 1100))).toEqual({ decided: true, breach: null });
    expect(
      checkTail(whole, traceOf('keys', media(200, greeting.subarray(0, 8000)), clear(500))),
    ).toMatchObject({ breach: null });
  });

  it.each([
    [
      'the calls said different things',
      traceOf('first', media(200, speechLike(16_000, 2))),
      cut(greeting.subarray(8000)),
    ],
    ['nothing was cleared', whole, traceOf('keys', media(200, greeting))],
    ['nothing was said before', whole, traceOf('keys', clear(500), media(510, greeting))],
    ['it was over', traceOf('first', media(200, greeting.subarray(0, 8000))), cut(greeting.subarray(8000))],
    [
      'another utterance comes next',
      traceOf(
        'first',
        media(200, greeting.subarray(0, 8000)),
        mark(200, 'a'),
        media(300, greeting.subarray(8000)),
      ),
      cut(greeting.subarray(8000)),
    ],
    [
      'all sounds the same',
      traceOf('first', media(200, Buffer.alloc(16_000, 0x2a))),
      traceOf('keys', media(200, Buffer.alloc(8000, 0x2a)), clear(500), media(510, Buffer.alloc(8000, 0x2a))),
    ],
    ['a tone repeats itself', traceOf('first', media(200, tone(16_000))), toneCut()],
  ])('decides nothing when %s', (_why, reference, interrupted) => {
    expect(checkTail(reference, interrupted)).toEqual({ decided: false });
  });
});

function tone(bytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => 0x40 + (i % 20)));
}

function toneCut() {
  return traceOf('keys', media(200, tone(8000)), clear(500), media(510, tone(1600)));
}
