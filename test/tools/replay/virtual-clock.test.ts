import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../tools/replay/virtual-clock.js';

const DAY = new Date('2026-11-25T08:00:00Z');

async function onClock<T>(
  work: () => Promise<T>,
  pending: () => Promise<unknown> | null = () => null,
): Promise<T> {
  const clock = new VirtualClock(DAY, pending);
  try {
    return await clock.run(work(), 3_600_000);
  } finally {
    clock.uninstall();
  }
}

const passed = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });

describe('VirtualClock', () => {
  it('is the time and the timers of everybody, and an hour takes no time', async () => {
    const told = await onClock(async () => {
      const began = performance.now();
      await passed(3_599_000);
      return [performance.now() - began, new Date().toISOString()];
    });
    expect(told).toEqual([3_599_000, '2026-11-25T08:59:59.000Z']);
  });

  it('stands still while work outside is under way', async () => {
    const realTimeout = setTimeout;
    let pending: Promise<unknown> | null = null;
    const order = await onClock(
      async () => {
        const done: string[] = [];
        pending = new Promise<void>((resolve) => realTimeout(resolve, 30)).then(() => {
          pending = null;
          done.push(`outside at ${Math.round(performance.now())}`);
        });
        await passed(5);
        done.push(`inside at ${Math.round(performance.now())}`);
        return done;
      },
      () => pending,
    );
    expect(order).toEqual(['outside at 0', 'inside at 5']);
  });

  it('says that nothing can happen any more, or that it takes too long', async () => {
    await expect(onClock(() => new Promise(() => undefined))).rejects.toThrow('stands still');
    await expect(onClock(() => passed(4_000_000).then(() => passed(1)))).rejects.toThrow(
      'not ended within 3600000 ms',
    );
  });
});
