import { beforeEach, expect, it, vi } from 'vitest';
import { WriteLag } from '../../src/sessions/write-lag.js';

let age: WriteLag;
let now = 0;
beforeEach(() => {
  age = new WriteLag();
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
const changeAt = (time: number) => {
  now = time;
  age.changed();
};

it('is that of the oldest change, on its way or not', () => {
  expect(age.oldest).toBeUndefined();
  changeAt(10);
  changeAt(20);
  expect(age.oldest).toBe(10);
  age.sent();
  changeAt(30);
  expect(age.oldest).toBe(10);
  age.settled(true);
  expect(age.oldest).toBe(30);
});

it('goes on with a write that failed, and ends with one that did not', () => {
  changeAt(10);
  age.sent();
  changeAt(30);
  age.settled(false);
  expect(age.oldest).toBe(10);
  age.sent();
  age.settled(true);
  expect(age.oldest).toBeUndefined();
});

it('is not begun by a write without a change', () => {
  age.sent();
  age.settled(false);
  expect(age.oldest).toBeUndefined();
});
