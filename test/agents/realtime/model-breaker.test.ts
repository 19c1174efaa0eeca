import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelBreaker } from '../../../src/agents/realtime/model-breaker.js';
import { runs } from '../../support/property-runs.js';

describe('the breaker over the model', () => {
  test('opens at the fifth failure within a minute', () => {
    const breaker = new ModelBreaker();
    expect([0, 10, 20, 30].map((second) => breaker.failed(second * 1000, false))).toEqual(
      Array(4).fill(false),
    );
    expect(breaker.failed(59_000, false)).toBe(true);
    expect(breaker.isOpen).toBe(true);
  });

  test('does not open for four failures a minute as long as one session in between is answered', () => {
    const breaker = new ModelBreaker();
    for (let second = 0; second < 300; second += 15) {
      breaker.failed(second * 1000, false);
      if (second % 60 === 0) breaker.succeeded(second * 1000);
    }
    expect(breaker.isOpen).toBe(false);
  });

  test('opens with the fifth failure in a row at a shop that gets few calls', () => {
    const breaker = new ModelBreaker();
    const minutes = [0, 20, 40, 60, 80];
    const opens = minutes.map((minute) => breaker.failed(minute * 60_000, false));
    expect(opens).toEqual([false, false, false, false, true]);
  });

  test('opens at once for what would fail again', () => {
    expect(new ModelBreaker().failed(0, true)).toBe(true);
  });

  test('stays closed while four of five sessions and more hold', () => {
    const breaker = new ModelBreaker();
    for (let at = 0; at < 60_000; at += 100) {
      if (at % 1000 === 0) breaker.failed(at, false);
      else breaker.succeeded(at);
    }
    expect(breaker.isOpen).toBe(false);
  });

  test('opens with five failures in a row however many sessions held before', () => {
    const breaker = new ModelBreaker();
    for (let at = 0; at < 30_000; at += 10) breaker.succeeded(at);
    for (let at = 30_000; at < 30_005; at++) breaker.failed(at, false);
    expect(breaker.isOpen).toBe(true);
  });

  test('waits 15, 30 and then 60 s between probes, and is closed by the first that succeeds', () => {
    const breaker = new ModelBreaker();
    breaker.failed(0, true);
    const waits = [breaker.probeAfterMs];
    for (let probe = 0; probe < 4; probe++) {
      expect(breaker.probed(false)).toBe(false);
      waits.push(breaker.probeAfterMs);
    }
    expect(waits).toEqual([15_000, 30_000, 60_000, 60_000, 60_000]);
    expect(breaker.probed(true)).toBe(true);
    expect(breaker.isOpen).toBe(false);
    breaker.failed(1, true);
    expect(breaker.probeAfterMs).toBe(15_000);
  });

  test('is open only after something failed', () => {
    const outcome = fc.record({ afterMs: fc.nat(5000), failed: fc.boolean(), fatal: fc.boolean() });
    fc.assert(
      fc.property(fc.array(outcome), (outcomes) => {
        const breaker = new ModelBreaker();
        let [now, failures, fatal] = [0, 0, false];
        for (const each of outcomes) {
          now += each.afterMs;
          if (each.failed) breaker.failed(now, each.fatal);
          else breaker.succeeded(now);
          failures += each.failed ? 1 : 0;
          fatal ||= each.failed && each.fatal;
        }
        if (fatal) expect(breaker.isOpen).toBe(true);
        else if (failures < 5) expect(breaker.isOpen).toBe(false);
      }),
      { numRuns: runs(1000) },
    );
  });
});
