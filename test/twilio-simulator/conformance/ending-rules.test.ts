import { describe, expect, it } from 'vitest';
import {
  checkOwnEnd,
  checkTeardown,
} from '../../../packages/twilio-simulator/src/conformance/ending-rules.js';
import { did, ended, idsOf, inVain, mark, media, traceOf } from '../../support/stream-trace.js';

describe('checkTeardown', () => {
  it('has nothing to say about a server that closes on stop', () => {
    const seen = [media(200, 5000), did(400, 'stop'), media(450, 20), ended(460, {}, { byServer: false })];
    expect(checkTeardown(traceOf('first', ...seen))).toEqual([]);
  });

  it.each([
    ['stop', 'stop-ignored', 'warning'],
    ['close', 'close-unanswered', 'error'],
    ['drop', 'drop-unnoticed', 'warning'],
  ] as const)('reports a server that does not answer %s', (act, id, severity) => {
    expect(checkTeardown(traceOf('first', did(400, act), inVain(5400, act)))).toMatchObject([
      { rule: { id, severity }, atMs: 5400, seen: expect.stringContaining('within 5000 ms') },
    ]);
  });

  it('reports audio long after stop, not what was on its way', () => {
    const seen = [did(400, 'stop'), media(1300, 20), media(1500, 20), media(1700, 20)];
    expect(idsOf(checkTeardown(traceOf('first', ...seen)))).toEqual(['media-after-stop', 'media-after-stop']);
  });
});

describe('checkOwnEnd', () => {
  const goodbye = [did(300, 'key'), media(310, 500), mark(311, 'bye')];

  it('has nothing to say about a server that closes when its last mark is back', () => {
    expect(checkOwnEnd(traceOf('keys', ...goodbye, ended(820)))).toEqual([]);
  });

  it('reports a goodbye that was cut off', () => {
    const cut = ended(400, {}, { unheardMs: 420, pendingMarks: 1 });
    expect(checkOwnEnd(traceOf('keys', ...goodbye, cut))).toMatchObject([
      {
        rule: { id: 'goodbye-cut-off', severity: 'error' },
        seen: 'The server closed with 420 ms of its own speech unheard and 1 of its marks not back',
      },
    ]);
  });

  it('lets a server without marks close by its own clock', () => {
    const speech = [media(310, 500)];
    expect(checkOwnEnd(traceOf('first', ...speech, ended(700, {}, { unheardMs: 120 })))).toEqual([]);
    expect(idsOf(checkOwnEnd(traceOf('first', ...speech, ended(311, {}, { unheardMs: 500 }))))).toEqual([
      'goodbye-cut-off',
    ]);
  });

  it('lets a key or a word end what was said before it', () => {
    const seen = [media(200, 5000), mark(200, 'a'), did(400, 'key')];
    expect(
      checkOwnEnd(traceOf('keys', ...seen, ended(420, {}, { unheardMs: 4700, pendingMarks: 1 }))),
    ).toEqual([]);
  });

  it.each([
    [31903, 'connection-dropped'],
    [31921, 'closed-with-error'],
    [31924, 'websocket-fault'],
  ])('reports an end in disorder under Twilio error %s, and what came before it', (error, id) => {
    const end = ended(330, { how: 'broken', error, detail: 'the server closed the stream with code 1011' });
    expect(checkOwnEnd(traceOf('keys', did(300, 'key'), end))).toMatchObject([
      { rule: { id, twilio: error }, seen: 'The server closed the stream with code 1011, 30 ms after a key' },
    ]);
  });

  it('warns of a call that ends before anybody said or did anything', () => {
    expect(checkOwnEnd(traceOf('first', ended(150)))).toMatchObject([
      {
        rule: { id: 'ended-without-a-word', severity: 'warning' },
        seen: 'The server closed the stream with code 1000, without having said anything',
      },
    ]);
    expect(checkOwnEnd(traceOf('keys', did(120, 'key'), ended(150)))).toEqual([]);
    expect(checkOwnEnd(traceOf('first', media(120, 20), ended(150)))).toEqual([]);
  });

  it('reports a stream that is opened and refused before start', () => {
    const refused = ended(30, {
      how: 'broken',
      error: 31921,
      detail: 'the server closed the stream with code 1008',
    });
    const seen = [did(0, 'connect'), { kind: 'opened', atMs: 5 } as const, refused];
    expect(idsOf(checkOwnEnd({ call: 'first', seen }))).toEqual(['closed-with-error']);
  });

  it('leaves alone how the connection goes once the caller has hung up, and a handshake that failed', () => {
    const broken = { how: 'broken', error: 31903, detail: 'x' } as const;
    expect(checkOwnEnd(traceOf('first', did(300, 'stop'), ended(310, broken, { byServer: false })))).toEqual(
      [],
    );
    expect(checkOwnEnd({ call: 'first', seen: [did(0, 'connect'), ended(10, broken)] })).toEqual([]);
  });
});
