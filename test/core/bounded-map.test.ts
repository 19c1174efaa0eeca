import { expect, it } from 'vitest';
import { BoundedMap } from '../../src/core/bounded-map.js';

it('remembers the latest entries, and no more than 8,000; one that is set anew is the latest', () => {
  const recent = new BoundedMap<number, string>();
  for (let n = 0; n < 8000; n++) recent.set(n, 'first');
  recent.set(0, 'again').set(8000, 'last');
  expect(recent.size).toBe(8000);
  expect(recent.get(0)).toBe('again');
  expect(recent.has(1)).toBe(false);
  expect(recent.get(8000)).toBe('last');
});
