import { expect, test } from 'vitest';
import { RestartPause } from '../../src/workers/restart-pause.js';

test('a worker is replaced at once, and later and later if the next ones die soon after their start', () => {
  const restart = new RestartPause();
  expect([restart.next(60_000), restart.next(20_000)]).toEqual([0, 0]);
  const early = Array.from({ length: 9 }, () => restart.next(3));
  expect(early).toEqual([0, 250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  expect([restart.next(10_000), restart.next(3), restart.next(3)]).toEqual([0, 0, 250]);
});
