import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchForStalls } from '../../src/line/event-loop-stalls.js';
import { PhoneHouse, settle } from '../support/phone-house.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('tells of a process that stood still, and of nothing else', async () => {
  let stoodMs = 0;
  const stalls: number[] = [];
  const end = watchForStalls(
    (ms) => stalls.push(ms),
    () => performance.now() + stoodMs,
  );
  await settle(5000);
  expect(stalls).toEqual([]);
  stoodMs = 4000;
  await settle(1000);
  expect(stalls).toEqual([4000]);
  end();
  expect(vi.getTimerCount()).toBe(0);
});

it('a call that another gateway has taken meanwhile is closed with 1001, and nothing of it written or recorded', async () => {
  const house = new PhoneHouse();
  const stream = await house.call();
  await settle(50);
  const other = new PhoneHouse({}, house);
  const resumed = other.connect(await other.next(1), 1);
  resumed?.start();
  await settle(50);
  const stored = await house.session(1);
  expect(stored).toMatchObject({ resumes: 1 });
  const verified = house.line.registry.verify();
  await settle(1100);
  await verified;
  expect(stream.socket.closes).toEqual([{ code: 1001, reason: 'another gateway goes on with this call' }]);
  expect(house.line.registry.liveCount).toBe(0);
  expect(await house.session(1)).toEqual(stored);
  expect(house.recorded).toEqual([]);
  resumed?.stop();
  await settle(50);
});
