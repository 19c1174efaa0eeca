import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ModelLink, type ModelLinkOptions } from '../../../src/agents/realtime/model-link.js';
import { ScriptedCallControl } from '../../support/scripted-call-control.js';
import { ScriptedModelSession } from '../../support/scripted-model-session.js';
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

describe('a call that talks with the model for as long as it may', () => {
  it('is told so in a pause, and goes on with the keys', async () => {
    const call = new TalkingCall({}, { leftMs: 120_000 });
    call.agent.start(false);
    await settled();
    call.control.instant = false;
    call.model.hears('Hello');
    call.model.answers('Good day.');
    await vi.advanceTimersByTimeAsync(125_000);
    expect(call.control.lastSaid).not.toMatch(/keys of your phone/);
    call.control.playOut();
    await vi.advanceTimersByTimeAsync(500);
    expect(call.control.lastSaid).toMatch(/go on with the keys of your phone/);
    expect(call.control.faults).toEqual([]);
    call.control.playOut();
    await settled();
    expect(call.control.faults).toEqual(['spent']);
  });

  it('is told so a minute later when there is no pause', async () => {
    const call = new TalkingCall({}, { leftMs: 120_000 });
    call.agent.start(false);
    await settled();
    call.control.instant = false;
    call.model.hears('Hello');
    call.model.answers('Good day.');
    await vi.advanceTimersByTimeAsync(181_000);
    expect(call.control.lastSaid).toMatch(/go on with the keys of your phone/);
  });
});

function linked(options: Partial<ModelLinkOptions>) {
  const model = new ScriptedModelSession();
  const control = new ScriptedCallControl();
  const fail = vi.spyOn(control, 'fail');
  const link = new ModelLink({
    open: () => model,
    leftMs: Infinity,
    onSpent: async () => undefined,
    seed: async () => [],
    onRenewed: () => undefined,
    isQuiet: () => true,
    onEvent: () => undefined,
    control,
    ...options,
  });
  link.listen();
  onTestFinished(() => link.close());
  return { model, fail };
}

describe('the session of the model', () => {
  it('that tells something the agent throws fails this agent alone, and throws nothing at its socket', () => {
    const error = new TypeError('of the agent');
    const onEvent = () => {
      throw error;
    };
    const { model, fail } = linked({ onEvent });
    expect(() => model.tell({ type: 'response_created', responseId: 'r' })).not.toThrow();
    expect(fail.mock.calls).toEqual([['garbage', error]]);
  });

  it('that is gone is a fault by what the next one would do', () => {
    const refused = linked({});
    refused.model.end({ code: 'http_401', fatal: true });
    expect(refused.fail).toHaveBeenCalledExactlyOnceWith('refused');
    const lost = linked({});
    lost.model.end({ code: 'closed', fatal: false });
    expect(lost.fail).toHaveBeenCalledExactlyOnceWith('lost');
  });
});
