import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LiveSession } from '../../src/sessions/live-session.js';
import { runs } from '../support/property-runs.js';
import { newSession } from '../support/sample-session.js';
import { ScriptedCallControl } from '../support/scripted-call-control.js';

const HOUR_MS = 3_600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const act = fc.record({
  /** So much time passes, and then the clock is set on or back. */
  passMs: fc.nat({ max: 5000 }),
  setMs: fc.oneof(fc.constant(0), fc.integer({ min: -HOUR_MS, max: HOUR_MS })),
  what: fc.constantFrom('turn', 'state', 'picked up'),
  /** A turn is told of so long after it began. */
  lateMs: fc.oneof(fc.constant(0), fc.nat({ max: 8000 })),
});

const begin = (session = newSession()): LiveSession =>
  new ScriptedCallControl({ session: structuredClone(session) }).session;

it('turns and states stand in the order in which they began, whatever is done to the clock meanwhile', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
      let session = begin();
      let since = performance.now();
      const turns: { readonly content: string; readonly beganAt: number }[] = [];
      for (const [n, { passMs, setMs, what, lateMs }] of acts.entries()) {
        vi.advanceTimersByTime(passMs);
        vi.setSystemTime(Date.now() + setMs);
        if (what === 'picked up') {
          session = begin(session.data);
          since = performance.now();
        }
        if (what === 'state') {
          const { current_state, conversation_history } = session.data;
          session.change({ current_state: current_state === 'booking' ? 'confirmation' : 'booking' });
          const { name, time } = session.data.states.at(-1) ?? {};
          expect(name).not.toBe(current_state);
          expect((conversation_history.at(-1)?.timestamp ?? '') <= (time ?? '')).toBe(true);
        }
        if (what !== 'turn') continue;
        const beganAt = Math.max(since, performance.now() - lateMs);
        const content = `turn ${n}`;
        turns.push({ content, beganAt });
        session.addTurn({ role: 'user', content, timestamp: session.timeAt(beganAt) });
      }
      const expected = turns.toSorted((a, b) => a.beganAt - b.beganAt).map(({ content }) => content);
      const { conversation_history, states } = session.data;
      expect(conversation_history.map(({ content }) => content)).toEqual(expected);
      for (const times of [
        conversation_history.map(({ timestamp }) => timestamp),
        states.map(({ time }) => time),
      ])
        expect(times).toEqual(times.toSorted());
    }),
    { numRuns: runs(500) },
  );
});

it('a time is that of the clock as long as nobody sets it, and of a moment before as of now', () => {
  const session = begin();
  vi.advanceTimersByTime(1234);
  expect(session.timeAt()).toBe(new Date().toISOString());
  expect(session.timeAt(performance.now() - 234)).toBe(new Date(Date.now() - 234).toISOString());
});

it('a time that no clock can have made moves no turn of the call that finds it', () => {
  const content = 'a hand has written this';
  const session = begin(
    newSession({
      conversation_history: [{ role: 'user', content, timestamp: '+275760-09-12T23:59:59.999Z' }],
      states: [{ name: 'greeting', time: 'yesterday' }],
    }),
  );
  expect(session.timeAt()).toBe(new Date().toISOString());
});
