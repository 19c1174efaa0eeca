import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StreamLedger } from '../../src/stream-ledger/stream-ledger.js';
import { randomCallSid } from '../support/test-redis.js';

export interface StreamLedgerSubject {
  /** What two gateways of a shop hold in hand. */
  readonly ledgers: readonly [StreamLedger, StreamLedger];
  /** Called with every CallSid used, when the suite is over. */
  cleanUp(callSids: readonly string[]): Promise<void>;
}

/** What every ledger does, whatever holds it. */
export function describeStreamLedger(name: string, open: () => Promise<StreamLedgerSubject>): void {
  describe(`${name} as a stream ledger`, () => {
    let subject: StreamLedgerSubject;
    const callSids: string[] = [];
    const newStream = (hop = 0) => {
      const callSid = randomCallSid();
      callSids.push(callSid);
      return { callSid, hop };
    };

    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.cleanUp(callSids));

    it('lets the first token of a stream stand, at every gateway', async () => {
      const [one, other] = subject.ledgers;
      const stream = newStream();
      expect(await one.propose(stream, 'first')).toBe('first');
      expect(await other.propose(stream, 'second')).toBe('first');
      expect(await one.propose(stream, 'third')).toBe('first');
    });

    it('keeps calls and the streams of a call apart', async () => {
      const [one, other] = subject.ledgers;
      const stream = newStream();
      expect(await one.propose(stream, 'first')).toBe('first');
      expect(await other.propose({ ...stream, hop: 1 }, 'again')).toBe('again');
      expect(await other.propose(newStream(), 'another call')).toBe('another call');
      expect(await one.claim(stream)).toBe(true);
      expect(await other.claim({ ...stream, hop: 1 })).toBe(true);
    });

    it('lets a stream be opened once, whether a token was proposed here or not', async () => {
      const [one, other] = subject.ledgers;
      const [proposed, unknown] = [newStream(), newStream(3)];
      await one.propose(proposed, 'token');
      for (const stream of [proposed, unknown]) {
        expect(await other.claim(stream)).toBe(true);
        expect(await one.claim(stream)).toBe(false);
        expect(await other.claim(stream)).toBe(false);
      }
      expect(await other.propose(proposed, 'later')).toBe('token');
    });

    it('gives one of many that come at once the stream, and all of them the same token', async () => {
      for (let round = 0; round < 20; round += 1) {
        const stream = newStream();
        const tokens = await Promise.all(
          Array.from({ length: 10 }, (_, n) => subject.ledgers[n % 2 === 0 ? 0 : 1].propose(stream, `t${n}`)),
        );
        expect(new Set(tokens).size).toBe(1);
        const claims = await Promise.all(
          Array.from({ length: 10 }, (_, n) => subject.ledgers[n % 2 === 0 ? 0 : 1].claim(stream)),
        );
        expect(claims.filter(Boolean)).toHaveLength(1);
      }
    });
  });
}
