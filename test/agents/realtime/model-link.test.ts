import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settled, TalkingCall } from '../../support/talking-call.js';

const RENEWED_MS = 50 * 60_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('another session of the model', () => {
  it('takes over when the caller has said their sentence, and not in the middle of it', async () => {
    const call = new TalkingCall();
    call.agent.start(false);
    await settled();
    call.control.instant = false;
    call.model.hears('Hello');
    call.model.answers('Good day.');
    await vi.advanceTimersByTimeAsync(RENEWED_MS);
    call.sessions[1]?.ready();
    call.agent.onSpeechStarted(1000);
    call.control.playOut();
    await vi.advanceTimersByTimeAsync(2000);
    expect(call.sessions[0]?.isClosed).toBe(false);
    call.agent.onSpeechEnded(3000);
    await vi.advanceTimersByTimeAsync(2000);
    expect(call.sessions[0]?.isClosed).toBe(true);
  });
});
