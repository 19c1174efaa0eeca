import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LogSampler } from '../../src/core/log-sampler.js';

describe('a log sampler', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets so many of each reason through in a span, and tells how many it held back', () => {
    const sampler = new LogSampler({ most: 2, spanMs: 1000 });
    const admitted = Array.from({ length: 5 }, () => sampler.admit('path'));
    expect(admitted).toEqual([0, 0, null, null, null]);
    expect(sampler.admit('signature')).toBe(0);
    vi.advanceTimersByTime(999);
    expect(sampler.admit('path')).toBeNull();
    vi.advanceTimersByTime(1);
    expect([sampler.admit('path'), sampler.admit('path'), sampler.admit('path')]).toEqual([4, 0, null]);
  });

  it('counts in any span, not from one to the next', () => {
    const sampler = new LogSampler({ most: 2, spanMs: 1000 });
    sampler.admit('path');
    vi.advanceTimersByTime(900);
    sampler.admit('path');
    vi.advanceTimersByTime(100);
    expect([sampler.admit('path'), sampler.admit('path')]).toEqual([0, null]);
    vi.advanceTimersByTime(899);
    expect(sampler.admit('path')).toBeNull();
    vi.advanceTimersByTime(1);
    expect(sampler.admit('path')).toBe(2);
  });
});
