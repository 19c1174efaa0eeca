import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GracefulHangup } from '../../src/calls/graceful-hangup.js';

const leave = vi.fn();
const guard = (work: () => unknown) => void work();
const playback = { isIdle: false, isAwaitingAudio: false, unheardMs: 1000 };

beforeEach(() => {
  vi.useFakeTimers();
  leave.mockClear();
  playback.isIdle = false;
});
afterEach(() => {
  vi.useRealTimers();
});

it('leaves once, when the last was heard, however often it is told so', () => {
  const hangup = new GracefulHangup(playback, guard, leave);
  hangup.check();
  hangup.begin();
  expect(leave).not.toHaveBeenCalled();
  playback.isIdle = true;
  hangup.check();
  hangup.check();
  vi.advanceTimersByTime(60_000);
  expect(leave).toHaveBeenCalledOnce();
});

it('leaves once, when the last mark does not come back', () => {
  const hangup = new GracefulHangup(playback, guard, leave);
  hangup.begin();
  playback.unheardMs = 0;
  vi.advanceTimersByTime(2999);
  expect(leave).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  playback.isIdle = true;
  hangup.check();
  expect(leave).toHaveBeenCalledOnce();
});
