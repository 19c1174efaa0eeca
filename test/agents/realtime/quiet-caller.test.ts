import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a line on which a radio plays without a pause', () => {
  it('is given up, although the caller seems to speak all the time', async () => {
    const call = new TalkingCall();
    call.agent.start(false);
    await settled();
    call.agent.onSpeechStarted(2000);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(call.control.left).toBe('transferred');
  });
});
