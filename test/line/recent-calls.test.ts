import { expect, it } from 'vitest';
import { RecentCalls } from '../../src/line/recent-calls.js';

it('remembers the latest calls, and no more than 8,000', () => {
  const calls = new RecentCalls();
  for (let n = 0; n <= 8000; n++) calls.add(`CA${n}`);
  expect(calls.has('CA0')).toBe(false);
  expect(calls.has('CA1')).toBe(true);
  expect(calls.has('CA8000')).toBe(true);
});
