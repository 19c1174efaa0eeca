import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScriptedCallControl } from '../../support/scripted-call-control.js';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a call that ends', () => {
  it('while the caller is told of a break leaves no timer behind', async () => {
    new ScriptedCallControl().session.change({ speaking: true });
    const ofASession = vi.getTimerCount();
    vi.clearAllTimers();
    const call = new TalkingCall();
    call.control.instant = false;
    call.agent.start(true);
    call.control.interrupt();
    await call.agent.stop();
    await settled();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(call.model.of('respond')).toEqual([]);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(ofASession);
  });
});
