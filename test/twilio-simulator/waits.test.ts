import { expect, it, vi } from 'vitest';
import { Waits } from '../../packages/twilio-simulator/src/waits.js';

it('settles with the first value, at once when it is there already', async () => {
  const waits = new Waits();
  await expect(waits.until('a value', () => 7, 1000)).resolves.toBe(7);
  let value: number | undefined;
  const later = waits.until('a value', () => value, 1000);
  waits.check();
  expect(waits.pending).toBe(1);
  value = 8;
  waits.check();
  await expect(later).resolves.toBe(8);
  expect(waits.pending).toBe(0);
});

it('gives up after its time and leaves no timer behind', async () => {
  vi.useFakeTimers();
  const waits = new Waits();
  const never = expect(waits.until('the moon', () => undefined, 500)).rejects.toThrow(
    'the moon: not within 500 ms',
  );
  const found = waits.until('the sun', () => true, 500);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(500);
  await Promise.all([never, found]);
  expect(vi.getTimerCount()).toBe(0);
  expect(waits.pending).toBe(0);
  vi.useRealTimers();
});

it('fails what waits, and what comes later, once nothing will change any more', async () => {
  const waits = new Waits();
  const open = expect(waits.until('a', () => undefined, 1000)).rejects.toThrow('a: it is over');
  waits.close('it is over');
  await open;
  await expect(waits.until('b', () => undefined, 1000)).rejects.toThrow('b: it is over');
  await expect(waits.until('c', () => 1, 1000)).resolves.toBe(1);
});
