import { describe, expect, it } from 'vitest';
import { checkHandshake } from '../../../packages/twilio-simulator/src/conformance/handshake-rules.js';
import type { Observation } from '../../../packages/twilio-simulator/src/conformance/observation.js';
import { did, ended, inVain, traceOf } from '../../support/stream-trace.js';

const unopened = (...seen: Observation[]) =>
  checkHandshake({ call: 'first', seen: [did(0, 'connect'), ...seen] });

describe('checkHandshake', () => {
  it('has nothing to say about a stream that opens and answers a ping', () => {
    expect(checkHandshake(traceOf('first', did(200, 'ping'), { kind: 'pong', atMs: 203 }))).toEqual([]);
  });

  it.each([
    [31901, 'no-answer'],
    [31902, 'connection-refused'],
    [31910, 'tls'],
    [31920, 'handshake-refused'],
    [31924, 'handshake'],
  ])('reports a stream that did not open under Twilio error %s', (error, id) => {
    const refused = ended(40, {
      how: 'broken',
      error,
      detail: 'the server refused the stream with HTTP 403',
    });
    expect(unopened(refused)).toEqual([
      {
        rule: expect.objectContaining({
          id,
          twilio: error,
          severity: 'error',
          source: expect.stringContaining(String(error)),
        }),
        atMs: 40,
        seen: 'The server refused the stream with HTTP 403',
      },
    ]);
  });

  it.each([
    [11200, 'webhook'],
    [11215, 'webhook'],
    [11216, 'webhook'],
    [12100, 'webhook'],
    [31920, 'stream-url'],
    [null, 'no-stream-in-twiml'],
  ])('reports a webhook that leads to no stream: %s', (twilio, id) => {
    expect(unopened({ kind: 'no-stream', twilio, sentence: 'So it is.', atMs: 3 })).toMatchObject([
      { rule: { id, twilio }, seen: 'So it is.' },
    ]);
  });

  it('warns of a slow handshake and a slow pong', () => {
    const slow = { kind: 'opened', atMs: 2500 } as const;
    expect(unopened(slow)).toMatchObject([{ rule: { id: 'slow-handshake', severity: 'warning' } }]);
    expect(checkHandshake(traceOf('first', did(200, 'ping'), { kind: 'pong', atMs: 2900 }))).toMatchObject([
      { rule: { id: 'slow-pong', severity: 'warning' }, seen: 'A ping was answered after 2700 ms' },
    ]);
  });

  it('reports a ping without an answer', () => {
    expect(checkHandshake(traceOf('first', did(200, 'ping'), inVain(5200, 'ping')))).toMatchObject([
      { rule: { id: 'no-pong', severity: 'error' }, atMs: 5200 },
    ]);
  });
});
