import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../src/redis/circuit-breaker.js';
import { runs } from '../support/property-runs.js';

const MINUTE = 60_000;

describe('The circuit breaker', () => {
  const failing = (breaker: CircuitBreaker, from: number, times = 5) =>
    Array.from({ length: times }, (_, n) => breaker.failed(from + n, from + n));

  it('opens with the fifth failure in a row', () => {
    const breaker = new CircuitBreaker();
    expect(failing(breaker, MINUTE)).toEqual([false, false, false, false, true]);
    expect(breaker.isOpen).toBe(true);
  });

  it('begins to count anew with every success', () => {
    const breaker = new CircuitBreaker();
    for (let n = 0; n < 100; n++) {
      const now = MINUTE + n * 1_000;
      if (n % 5 === 4) breaker.succeeded(now, now);
      else expect(breaker.failed(now, now)).toBe(false);
    }
  });

  it('opens when half of ten operations within a second failed, and not for nine, nor over a longer time', () => {
    const opensAt = (everyMs: number) => {
      const breaker = new CircuitBreaker();
      for (let n = 0; n < 100; n++) {
        const now = MINUTE + n * everyMs;
        if (n % 2 === 0) breaker.succeeded(now, now);
        else if (breaker.failed(now, now)) return n + 1;
      }
      return null;
    };
    expect(opensAt(10)).toBe(10);
    expect(opensAt(150)).toBeNull();
  });

  it('is probed after 500 ms, then after twice as long each time, at most 5 s', () => {
    const breaker = new CircuitBreaker();
    failing(breaker, MINUTE);
    const waits: number[] = [];
    let now = MINUTE + 4;
    for (let n = 0; n < 6; n++) {
      const { probeAt = now } = breaker;
      waits.push(probeAt - now);
      expect(breaker.beginProbe(probeAt - 1)).toBe(false);
      expect(breaker.beginProbe(probeAt)).toBe(true);
      expect(breaker.beginProbe(probeAt)).toBe(false);
      breaker.endProbe(false, probeAt);
      now = probeAt;
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(breaker.beginProbe(now + 5_000)).toBe(true);
    expect(breaker.endProbe(true, now + 5_001)).toBe(true);
    expect(breaker.isOpen).toBe(false);
  });

  it('closes with a new connection as soon as the first wait is over', () => {
    const breaker = new CircuitBreaker();
    failing(breaker, MINUTE);
    expect(breaker.reconnected(MINUTE + 100)).toBe(false);
    expect(breaker.reconnected(MINUTE + 504)).toBe(true);
  });

  it('waits four times as long from the start when it opens again soon, and forgets that after a calm time', () => {
    const breaker = new CircuitBreaker();
    let now = MINUTE;
    const open = () => {
      failing(breaker, now);
      now += 4;
      const wait = (breaker.probeAt ?? now) - now;
      now += wait;
      expect(breaker.reconnected(now)).toBe(true);
      return wait;
    };
    expect([open(), open(), open(), open(), open(), open()]).toEqual([
      500, 2_000, 5_000, 5_000, 5_000, 5_000,
    ]);
    now += 10_000;
    expect(open()).toBe(500);
  });

  it('learns nothing from what began before it closed', () => {
    const breaker = new CircuitBreaker();
    failing(breaker, MINUTE);
    breaker.reconnected(MINUTE + 600);
    for (let n = 0; n < 50; n++) expect(breaker.failed(MINUTE + 10, MINUTE + 700)).toBe(false);
    expect(breaker.isOpen).toBe(false);
  });

  it('opens only for cause, stays open for its wait, has one probe at a time and changes seldom, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), (events) => {
        const breaker = new CircuitBreaker();
        const recent: { at: number; ok: boolean }[] = [];
        const changes: number[] = [];
        let [now, openedAt, probing] = [MINUTE, 0, false];
        const changed = (isOpen: boolean) => {
          changes.push(now);
          expect(breaker.isOpen).toBe(isOpen);
          recent.length = 0;
          probing = false;
        };
        for (const { after, what } of events) {
          now += after;
          const wasOpen = breaker.isOpen;
          if (what === 'probe') {
            const due = breaker.probeAt;
            const begun = breaker.beginProbe(now);
            expect(begun).toBe(wasOpen && !probing && due !== undefined && now >= due);
            probing ||= begun;
          } else if (what === 'answer' || what === 'silence') {
            if (!probing) continue;
            probing = false;
            if (breaker.endProbe(what === 'answer', now)) changed(false);
          } else if (what === 'connect') {
            if (!breaker.reconnected(now)) continue;
            expect(wasOpen && now - openedAt >= 500).toBe(true);
            changed(false);
          } else {
            if (!wasOpen) recent.push({ at: now, ok: what === 'ok' });
            if (what === 'ok') breaker.succeeded(now, now);
            else if (breaker.failed(now, now)) {
              expect(isCause(recent, now)).toBe(true);
              openedAt = now;
              changed(true);
            } else if (!wasOpen) expect(recent.slice(-5).filter(({ ok }) => !ok).length).toBeLessThan(5);
          }
        }
        expect(mostWithin(changes, 30_000)).toBeLessThanOrEqual(16);
      }),
      { numRuns: runs(2_000) },
    );
  });
});

const event = fc.record({
  after: fc.oneof(fc.nat({ max: 30 }), fc.nat({ max: 2_000 })),
  what: fc.constantFrom(
    'ok',
    'fail',
    'fail',
    'fail',
    'fail',
    'fail',
    'probe',
    'answer',
    'silence',
    'connect',
  ),
});

interface Outcome {
  readonly at: number;
  readonly ok: boolean;
}

function isCause(outcomes: readonly Outcome[], now: number): boolean {
  const lastFive = outcomes.slice(-5);
  if (lastFive.length === 5 && lastFive.every(({ ok }) => !ok)) return true;
  const within = outcomes.filter(({ at }) => now - at <= 1_000);
  // The breaker counts in slices of 100 ms, so its second may be up to one slice shorter.
  const shorter = outcomes.filter(({ at }) => Math.floor(at / 100) > Math.floor(now / 100) - 10);
  return [within, shorter].some(
    (list) => list.length >= 10 && list.filter(({ ok }) => !ok).length * 2 >= list.length,
  );
}

/** The most changes that lie within so many milliseconds. */
function mostWithin(changes: readonly number[], ms: number): number {
  return Math.max(0, ...changes.map((from) => changes.filter((at) => at >= from && at < from + ms).length));
}
