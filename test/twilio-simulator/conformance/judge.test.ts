import { describe, expect, it } from 'vitest';
import { coverageOf } from '../../../packages/twilio-simulator/src/conformance/coverage.js';
import { judge } from '../../../packages/twilio-simulator/src/conformance/judge.js';
import type { StreamTrace } from '../../../packages/twilio-simulator/src/conformance/observation.js';
import { did, ended, mark, media, text, traceOf } from '../../support/stream-trace.js';

const tracesOf = (...traces: StreamTrace[]) => new Map(traces.map((trace) => [trace.call, trace]));
const hungUp = [did(4000, 'stop'), ended(4005, {}, { byServer: false })];
const first = traceOf('first', media(200, 1000), mark(200, 'a'), ...hungUp);

describe('judge', () => {
  it('gives one finding for each rule: the first time, how often, the gravest first', () => {
    const second = traceOf(
      'second',
      mark(150, 'm'),
      text(160, 'x'),
      text(170, 'y'),
      media(200, 20),
      ...hungUp,
    );
    const last = traceOf('last', text(130, 'z'), media(200, 20), ...hungUp);
    expect(judge(tracesOf(first, last, second))).toMatchObject([
      { rule: { id: 'not-json' }, call: 'second', atMs: 160, count: 3 },
      { rule: { id: 'mark-without-audio' }, call: 'second', atMs: 150, count: 1 },
    ]);
  });

  it('reports an end once: as what it was caused by', () => {
    const broken = ended(120, { how: 'broken', error: 31903, detail: 'the server dropped the connection' });
    const additions = traceOf('additions', did(100, 'extra-fields'), broken);
    expect(judge(tracesOf(first, additions)).map(({ rule }) => rule.id)).toEqual([
      'extra-fields-not-survived',
    ]);
  });
});

describe('coverageOf', () => {
  it('says what was tried and what was not', () => {
    const { exercised, missing } = coverageOf(tracesOf(first));
    expect(exercised).toContain('1 media message (1.0 s of audio, at most 1.0 s waiting), 1 mark, 0 clears');
    expect(exercised.join()).toContain('1 stream opened, the slowest handshake 5 ms');
    expect(missing).toContain('a call with keys: left out');
    expect(missing.join()).toContain('what comes after a clear: the server sent none');
  });

  it('says that nothing was heard of a server that never speaks', () => {
    expect(coverageOf(tracesOf(traceOf('first', ...hungUp))).missing.join()).toContain(
      'the server never spoke',
    );
  });

  it('says that nothing was tried when there was no stream', () => {
    expect(coverageOf(tracesOf({ call: 'first', seen: [did(0, 'connect')] }))).toEqual({
      exercised: [],
      missing: ['everything else: the first call came to no stream'],
    });
  });
});
