import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logSampler } from '../../src/core/log-sampler.js';

describe('a log sampler', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets so many of each reason through in a span, and tells how many it held back', () => {
    const admit = logSampler({ most: 2, spanMs: 1000 });
    const admitted = Array.from({ length: 5 }, () => admit('path'));
    expect(admitted).toEqual([0, 0, null, null, null]);
    expect(admit('signature')).toBe(0);
    vi.advanceTimersByTime(999);
    expect(admit('path')).toBeNull();
    vi.advanceTimersByTime(1);
    expect([admit('path'), admit('path'), admit('path')]).toEqual([4, 0, null]);
  });

  it('counts in any span, not from one to the next', () => {
    const admit = logSampler({ most: 2, spanMs: 1000 });
    admit('path');
    vi.advanceTimersByTime(900);
    admit('path');
    vi.advanceTimersByTime(100);
    expect([admit('path'), admit('path')]).toEqual([0, null]);
    vi.advanceTimersByTime(899);
    expect(admit('path')).toBeNull();
    vi.advanceTimersByTime(1);
    expect(admit('path')).toBe(2);
  });
});
