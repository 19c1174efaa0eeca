import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { LoopWatch } from '../../src/core/event-loop-watch.js';

let watch: LoopWatch;
afterEach(() => watch.stop());

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it('knows that the process stood still, before any timer has told it and afterwards', async () => {
  const told: number[] = [];
  watch = new LoopWatch((ms) => told.push(ms));
  watch.start();
  const before = performance.now();
  block(150);
  expect(watch.stoodStillSince(before)).toBe(true);
  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(told[0]).toBeGreaterThanOrEqual(130);
  expect(watch.stoodStillSince(before)).toBe(true);
});

it('blames nothing on a time that is over', async () => {
  watch = new LoopWatch();
  watch.start();
  block(150);
  // Another standstill, on a busy machine, must not hide what is looked at.
  await vi.waitFor(async () => {
    await pause(25);
    const since = performance.now();
    await pause(25);
    expect(watch.stoodStillSince(since)).toBe(false);
  });
});

it('says nothing when it does not watch', () => {
  watch = new LoopWatch();
  expect(watch.stoodStillSince(0)).toBe(false);
});
