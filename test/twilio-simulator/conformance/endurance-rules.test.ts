import { describe, expect, it } from 'vitest';
import {
  checkAdditions,
  checkLaterCall,
  checkSilence,
} from '../../../packages/twilio-simulator/src/conformance/endurance-rules.js';
import { did, ended, idsOf, media, traceOf } from '../../support/stream-trace.js';

const hungUp = (atMs: number) => [did(atMs, 'stop'), ended(atMs + 5, {}, { byServer: false })];
const plain = traceOf('first', media(200, 1000), ...hungUp(4000));

describe('checkAdditions', () => {
  it('has nothing to say about a server that goes on', () => {
    const seen = [did(100, 'extra-fields'), media(200, 1000), did(1700, 'unknown-event'), ...hungUp(3200)];
    expect(checkAdditions(traceOf('additions', ...seen), plain)).toEqual([]);
  });

  it('blames what was done last before the server ended the stream', () => {
    const extra = [did(100, 'extra-fields')];
    expect(idsOf(checkAdditions(traceOf('additions', ...extra, ended(120)), plain))).toEqual([
      'extra-fields-not-survived',
    ]);
    const event = [...extra, did(1700, 'unknown-event'), ended(1800, { error: 31921 })];
    expect(idsOf(checkAdditions(traceOf('additions', ...event), plain))).toEqual([
      'unknown-event-not-survived',
    ]);
  });

  it('blames nothing for an end that came long after, or comes to every call', () => {
    const late = traceOf('additions', did(100, 'extra-fields'), ended(4000));
    expect(checkAdditions(late, plain)).toEqual([]);
    const announcement = traceOf('first', media(200, 100), ended(500));
    expect(checkAdditions(traceOf('additions', did(100, 'extra-fields'), ended(500)), announcement)).toEqual(
      [],
    );
  });
});

describe('checkSilence', () => {
  const steady = traceOf('steady', media(200, 1000), ...hungUp(10_100));

  it('reports a call without frames that ended where one with frames went on', () => {
    const gap = traceOf('gap', media(200, 1000), ended(5100));
    expect(checkSilence(gap, steady)).toMatchObject([
      { rule: { id: 'ended-in-silence' }, seen: expect.stringContaining('5000 ms after start') },
    ]);
    expect(checkSilence(gap, traceOf('steady', ended(5200)))).toEqual([]);
  });

  it('notes a server that waits for frames before it speaks', () => {
    expect(checkSilence(traceOf('gap', ...hungUp(10_100)), steady)).toMatchObject([
      { rule: { id: 'waits-for-frames', severity: 'note' } },
    ]);
    expect(checkSilence(traceOf('gap', media(300, 100), ...hungUp(10_100)), steady)).toEqual([]);
  });
});

describe('checkLaterCall', () => {
  it('reports a call that hears nothing where the first one was greeted', () => {
    expect(checkLaterCall(traceOf('second', ...hungUp(8100)), plain)).toMatchObject([
      {
        rule: { id: 'later-call-dead', severity: 'error' },
        seen: 'The first call heard the server after 100 ms; the one right after it heard nothing in 8000 ms',
      },
    ]);
    expect(idsOf(checkLaterCall(traceOf('additions', ...hungUp(8100)), plain))).toEqual([
      'extra-fields-not-survived',
    ]);
  });

  it('says nothing of a server that waits for the caller, of a call that hears it, or that was watched too briefly', () => {
    expect(checkLaterCall(traceOf('second', ...hungUp(8100)), traceOf('first', ...hungUp(8100)))).toEqual([]);
    expect(checkLaterCall(traceOf('second', media(900, 20), ...hungUp(900)), plain)).toEqual([]);
    expect(checkLaterCall(traceOf('second', ...hungUp(250)), plain)).toEqual([]);
    expect(checkLaterCall({ call: 'second', seen: [did(0, 'connect')] }, plain)).toEqual([]);
  });
});
