import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TokenBucket } from '../../src/core/token-bucket.js';

describe('what may happen only so often', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const taken = (bucket: TokenBucket, times: number) =>
    Array.from({ length: times }, () => bucket.take()).filter(Boolean).length;

  it('happens so often at once, and then so often a second', () => {
    const bucket = new TokenBucket({ most: 5, perSecond: 2 });
    expect(taken(bucket, 9)).toBe(5);
    vi.advanceTimersByTime(499);
    expect(taken(bucket, 9)).toBe(0);
    vi.advanceTimersByTime(1);
    expect(taken(bucket, 9)).toBe(1);
    vi.advanceTimersByTime(2000);
    expect(taken(bucket, 9)).toBe(4);
  });

  it('happens no oftener at once after a long time', () => {
    const bucket = new TokenBucket({ most: 5, perSecond: 2 });
    vi.advanceTimersByTime(3_600_000);
    expect(taken(bucket, 9)).toBe(5);
  });

  it('happens again and again when it comes no faster', () => {
    const bucket = new TokenBucket({ most: 1, perSecond: 2 });
    for (let n = 0; n < 100; n += 1) {
      expect(bucket.take()).toBe(true);
      vi.advanceTimersByTime(501);
    }
  });
});
