import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a goodbye of the model', () => {
  it('that the caller has cut off before the call was to end does not end it', async () => {
    const call = new TalkingCall();
    call.agent.start(false);
    await settled();
    call.control.instant = false;
    call.tools.answer = () => ({ output: 'Bye.', result: 'done', effect: { kind: 'hang_up' } });
    call.model.hears('Thanks');
    const response = call.model.begins();
    call.model.speaks(response, 'Anything else? Goodbye then.');
    call.interrupt(400);
    call.agent.onSpeechStarted(4000);
    call.model.calls(response, 'end_call');
    call.model.completes(response, 'cancelled');
    await settled();
    expect(call.control.left).toBeNull();
    call.agent.onSpeechEnded(5500);
    call.model.hears('Yes, one more thing');
    call.model.answers('Of course.');
    expect(call.control.utterances.at(-1)?.transcript?.text).toBe('Of course.');
  });

  it('that the caller cuts off after the call was to end does not end it either', async () => {
    const call = new TalkingCall();
    call.agent.start(false);
    await settled();
    call.control.instant = false;
    call.tools.answer = () => ({ output: 'Bye.', result: 'done', effect: { kind: 'hang_up' } });
    call.model.hears('Thanks');
    const response = call.model.begins();
    call.model.speaks(response, 'Anything else? Goodbye then.');
    call.model.calls(response, 'end_call');
    await settled();
    call.interrupt(400);
    call.agent.onSpeechStarted(4000);
    call.model.completes(response, 'cancelled');
    await settled();
    expect(call.control.left).toBeNull();
  });
});
