import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeStream, startedStream, twilio } from '../support/fake-stream.js';
import { runs } from '../support/property-runs.js';
import { expectedOf, fuzzedStream } from '../support/stream-fuzz.js';

describe('a media stream, whatever its peer sends', () => {
  it('does what the model says, throws nothing, and no other stream feels it', {
    timeout: 60_000,
  }, async () => {
    const neighbour = startedStream();
    await fc.assert(
      fc.asyncProperty(fuzzedStream, async (messages) => {
        const { socket, told } = fakeStream();
        for (const { text, meaning } of messages) {
          if (meaning.is === 'binary') socket.receiveBinary(Buffer.from(text));
          else socket.receive(text);
        }
        const { told: expected, closedWith } = expectedOf(messages);
        await Promise.resolve();
        expect(socket.closes.map(({ code }) => code)).toEqual(closedWith === null ? [] : [closedWith]);
        if (closedWith === null) socket.lose();
        const end = closedWith === null ? 'lost' : closedWith === 1000 ? 'stopped' : 'closed';
        expect(told).toEqual([...expected, `end ${end}`]);
        neighbour.told.length = 0;
        neighbour.socket.receive(twilio.dtmf('7'));
        expect(neighbour.told).toEqual(['digit 7']);
      }),
      { numRuns: runs(10_000) },
    );
    neighbour.socket.lose();
  });
});
