import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { UnknownNumbers } from '../../src/customers/customer-lookup.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a number is remembered for 30 s, or until it is deleted', () => {
  const unknown = new UnknownNumbers();
  unknown.add('+1');
  unknown.add('+2');
  unknown.delete('+2');
  vi.advanceTimersByTime(29_999);
  expect([unknown.has('+1'), unknown.has('+2')]).toEqual([true, false]);
  vi.advanceTimersByTime(1);
  expect(unknown.has('+1')).toBe(false);
});

test('the number remembered longest makes room for the 8,001st', () => {
  const unknown = new UnknownNumbers();
  for (let n = 0; n <= 8000; n++) unknown.add(`+${n}`);
  expect([unknown.has('+0'), unknown.has('+1'), unknown.has('+8000')]).toEqual([false, true, true]);
});
