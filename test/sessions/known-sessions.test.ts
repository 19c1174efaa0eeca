import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownSession, KnownSessions } from '../../src/sessions/known-sessions.js';

describe('Known sessions', () => {
  it('are given out once', () => {
    const known = new KnownSessions();
    known.remember('CA1', new KnownSession('{"n":1}'));
    expect(known.take('CA1')?.text).toBe('{"n":1}');
    expect(known.take('CA1')).toBeUndefined();
  });

  it('stay within both limits, those used longest ago going first', () => {
    const call = fc.tuple(fc.constantFrom('CA1', 'CA2', 'CA3', 'CA4', 'CA5', 'CA6'), fc.nat(40));
    fc.assert(
      fc.property(fc.array(call), (calls) => {
        const known = new KnownSessions({ sessions: 4, characters: 100 });
        const order: string[] = [];
        for (const [callSid, length] of calls) {
          known.remember(callSid, new KnownSession('x'.repeat(length)));
          order.push(callSid);
        }
        const recent = [...new Set(order.reverse())];
        const texts = recent.map((callSid) => known.take(callSid)?.text.length);
        expect(texts.filter((length) => length !== undefined).length).toBeLessThanOrEqual(4);
        expect(texts.reduce((sum: number, length) => sum + (length ?? 0), 0)).toBeLessThanOrEqual(100);
        expect(texts.map((length) => length !== undefined)).toEqual(
          texts.map((length) => length !== undefined).sort((a, b) => Number(b) - Number(a)),
        );
        expect(known.size).toBe(0);
      }),
    );
  });

  it('forget a session that alone is too large', () => {
    const known = new KnownSessions({ sessions: 4, characters: 10 });
    known.remember('CA1', new KnownSession('x'.repeat(11)));
    expect(known.size).toBe(0);
  });
});
