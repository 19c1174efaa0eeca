import { describe, expect, test, vi } from 'vitest';
import { WaitingLine } from '../../src/database/waiting-line.js';

/** Work that ends when it is told to. */
function openEnded() {
  let end = () => {};
  const ended = new Promise<void>((settle) => {
    end = settle;
  });
  return { work: vi.fn((_leftMs: number) => ended), end: () => end() };
}

describe('A waiting line', () => {
  test('lets only so many be at work at once, first come, first served', async () => {
    const line = new WaitingLine(2);
    const all = Array.from({ length: 4 }, openEnded);
    const entered = all.map(({ work }) => line.enter(10_000, work));
    const begun = () => all.map(({ work }) => work.mock.calls.length);
    expect(begun()).toEqual([1, 1, 0, 0]);
    all[1]?.end();
    await entered[1];
    expect(begun()).toEqual([1, 1, 1, 0]);
    all[0]?.end();
    await entered[0];
    expect(begun()).toEqual([1, 1, 1, 1]);
    for (const { end } of all) end();
    await Promise.all(entered);
  });

  test('goes on after work that fails, and passes its error on', async () => {
    const line = new WaitingLine(1);
    const failed = line.enter(10_000, () => Promise.reject(new Error('lost')));
    const next = line.enter(10_000, () => Promise.resolve('done'));
    await expect(failed).rejects.toThrow('lost');
    expect(await next).toBe('done');
    expect(await line.enter(10_000, () => Promise.resolve('again'))).toBe('again');
  });

  test('tells how much time is left, and begins nothing when that is too short', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      const line = new WaitingLine(1);
      const first = openEnded();
      const [patient, late] = [openEnded(), openEnded()];
      const entered = line.enter(1_000, first.work);
      const refused = expect(line.enter(500, late.work)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      const served = line.enter(1_000, patient.work);
      await vi.advanceTimersByTimeAsync(600);
      await refused;
      first.end();
      await entered;
      expect(patient.work).toHaveBeenCalledExactlyOnceWith(400);
      expect(late.work).not.toHaveBeenCalled();
      patient.end();
      await served;
    } finally {
      vi.useRealTimers();
    }
  });
});
