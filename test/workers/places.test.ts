import { describe, expect, it } from 'vitest';
import { Places } from '../../src/workers/places.js';

describe('the places of a gateway', () => {
  let now = 0;
  const places = (most: number) => new Places({ most, comingMs: 1000, now: () => now });

  it('are as many as there are, and a call that asks again keeps its own', () => {
    const two = places(2);
    expect([two.take('a'), two.take('b'), two.take('c'), two.take('a')]).toEqual([true, true, false, true]);
    expect(two.taken).toBe(2);
    two.notComing('a');
    expect(two.take('c')).toBe(true);
  });

  it('are free again when a call does not come, or has left', () => {
    const one = places(1);
    one.take('a');
    now += 1001;
    expect(one.take('b')).toBe(true);
    one.started('b', 1);
    now += 60_000;
    expect(one.take('c')).toBe(false);
    one.left('b', 1);
    expect(one.take('c')).toBe(true);
  });

  it('count a call once that is live and on its way again', () => {
    const three = places(3);
    three.started('a', 1);
    three.coming('a');
    expect(three.taken).toBe(1);
    three.started('a', 2);
    expect(three.taken).toBe(1);
    // The first worker finds out late.
    three.left('a', 1);
    expect(three.taken).toBe(1);
    three.left('a', 2);
    expect(three.taken).toBe(0);
  });

  it('are kept for the calls of a worker that is gone, as long as those may take to come', () => {
    const two = places(2);
    two.started('a', 1);
    two.started('b', 2);
    expect(two.lose(1)).toEqual(['a']);
    expect([two.taken, two.isLive('a'), two.isAt('b', 2)]).toEqual([2, false, true]);
    expect(two.take('c')).toBe(false);
    now += 1001;
    expect(two.take('c')).toBe(true);
  });

  it('are given to a call that goes on, full or not', () => {
    const one = places(1);
    one.started('a', 1);
    one.coming('b');
    expect(one.taken).toBe(2);
  });
});
