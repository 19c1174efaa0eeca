import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IsoClock } from '../../src/sessions/session-text.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('The ISO clock', () => {
  it('prints any time as Date does, whichever way the time moves', () => {
    const clock = new IsoClock();
    const steps = fc.array(
      fc.oneof(fc.integer({ min: -5_000, max: 5_000 }), fc.integer({ min: -1e12, max: 1e12 })),
    );
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
        steps,
        (start, moves) => {
          let time = start.getTime();
          for (const move of moves) {
            time = Math.abs(time + move);
            vi.setSystemTime(time);
            expect(clock.now()).toBe(new Date(time).toISOString());
          }
        },
      ),
    );
  });
});
