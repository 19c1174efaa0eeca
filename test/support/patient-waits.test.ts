import { expect, it, vi } from 'vitest';

it.concurrent('what comes after more than a second is waited for', async () => {
  const due = performance.now() + 1100;
  await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(due));
});

it.concurrent('what becomes true after more than a second is waited for', async () => {
  const due = performance.now() + 1100;
  expect(await vi.waitUntil(() => performance.now() > due)).toBe(true);
});

it('whoever names a limit has that limit', async () => {
  await expect(vi.waitFor(() => expect(1).toBe(2), 10)).rejects.toThrow('expected 1 to be 2');
  await expect(vi.waitUntil(() => false, { timeout: 10 })).rejects.toThrow('Timed out in waitUntil!');
});
