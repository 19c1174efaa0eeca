import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines } from '../../src/redis/deadlines.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const never = new Promise<never>(() => {});

describe('Deadlines', () => {
  it('let work settle as it does', async () => {
    const deadlines = new Deadlines(100);
    expect(await deadlines.bound(Promise.resolve(7), 'WORK')).toBe(7);
    await expect(deadlines.bound(Promise.reject(new Error('broken')), 'WORK')).rejects.toThrow('broken');
  });

  it('end each wait at its own time, with one timer for all', async () => {
    const deadlines = new Deadlines(100);
    const ended: string[] = [];
    const wait = (name: string) =>
      deadlines.bound(never, name).catch((error: Error) => ended.push(error.message));
    void wait('first');
    await vi.advanceTimersByTimeAsync(60);
    void wait('second');
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(45);
    expect(ended).toEqual(['first took longer than 100 ms']);
    await vi.advanceTimersByTimeAsync(60);
    expect(ended).toEqual(['first took longer than 100 ms', 'second took longer than 100 ms']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('end what waits when closed', async () => {
    const deadlines = new Deadlines(100);
    const waiting = deadlines.bound(never, 'WORK');
    deadlines.close();
    await expect(waiting).rejects.toThrow('WORK');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('forgive a blocked event loop: an answer that waits to be read still counts', async () => {
    vi.useRealTimers();
    const deadlines = new Deadlines(20);
    const answer = new Promise<string>((resolve) => setTimeout(resolve, 5, 'answer'));
    const bounded = deadlines.bound(
      answer.then((value) => new Promise<string>((resolve) => setImmediate(resolve, value))),
      'WORK',
    );
    const blockedUntil = Date.now() + 60;
    while (Date.now() < blockedUntil);
    expect(await bounded).toBe('answer');
  });

  it('forgive a blocked event loop: what is sent only when it goes on has time for its answer', async () => {
    vi.useRealTimers();
    const deadlines = new Deadlines(20);
    const sent = new Promise((resolve) => setTimeout(resolve, 0));
    const answer = sent.then(() => new Promise<string>((resolve) => setTimeout(resolve, 5, 'answer')));
    const bounded = deadlines.bound(answer, 'WORK');
    const blockedUntil = Date.now() + 100;
    while (Date.now() < blockedUntil);
    expect(await bounded).toBe('answer');
  });
});
