import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ModelRequest } from '../../../src/agents/realtime/model.js';
import { ModelLink, type ModelLinkOptions } from '../../../src/agents/realtime/model-link.js';
import type { ToolAnswer } from '../../../src/agents/realtime/tools/tool-answer.js';
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
  it('waits for a function that runs', async () => {
    const call = new TalkingCall();
    call.agent.start(false);
    await settled();
    call.control.instant = false;
    let answer: (answer: ToolAnswer) => void = () => undefined;
    call.tools.answer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    call.model.hears('Hello');
    call.model.answers('Good day.');
    await vi.advanceTimersByTimeAsync(RENEWED_MS);
    const [first] = call.sessions;
    first?.hears('When?');
    const response = first?.begins() ?? '';
    first?.calls(response, 'find_open_times');
    first?.completes(response);
    call.control.playOut();
    call.sessions[1]?.ready();
    await vi.advanceTimersByTimeAsync(1100);
    expect(call.sessions.map(({ isClosed }) => isClosed)).toEqual([false, false]);
    answer({ output: 'Monday.', result: 'done' });
    await settled();
    first?.answers('On Monday.');
    call.control.playOut();
    await vi.advanceTimersByTimeAsync(500);
    expect(call.sessions.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  it('that breaks off before it has taken over is tried again a minute later, and the call goes on', async () => {
    const { sessions, fail } = linked({});
    await vi.advanceTimersByTimeAsync(RENEWED_MS);
    sessions[1]?.ready();
    sessions[1]?.end({ code: 'closed', fatal: false });
    await vi.advanceTimersByTimeAsync(59_999);
    expect(sessions.map(({ isClosed }) => isClosed)).toEqual([false, false]);
    await vi.advanceTimersByTimeAsync(1);
    sessions[2]?.ready();
    await vi.advanceTimersByTimeAsync(500);
    expect(sessions.map(({ isClosed }) => isClosed)).toEqual([true, false, false]);
    expect(fail).not.toHaveBeenCalled();
  });

  it('that breaks off while it is to be told of the call does not take over', async () => {
    let tell: (seed: readonly ModelRequest[]) => void = () => undefined;
    const seed = () => new Promise<readonly ModelRequest[]>((resolve) => (tell = resolve));
    const { sessions, fail } = linked({ seed });
    await vi.advanceTimersByTimeAsync(RENEWED_MS);
    sessions[1]?.ready();
    await vi.advanceTimersByTimeAsync(500);
    sessions[1]?.end({ code: 'closed', fatal: false });
    tell([{ type: 'add_text', role: 'system', text: 'The facts.' }]);
    await settled();
    expect(sessions.map(({ isClosed }) => isClosed)).toEqual([false, false]);
    expect(sessions.flatMap(({ sent }) => sent)).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sessions).toHaveLength(3);
    expect(fail).not.toHaveBeenCalled();
  });

  it('does not take over when somebody speaks by the time that it is to be told of the call', async () => {
    let isQuiet = true;
    const seed = async () => {
      isQuiet = false;
      return [];
    };
    const { sessions } = linked({ seed, isQuiet: () => isQuiet });
    await vi.advanceTimersByTimeAsync(RENEWED_MS);
    sessions[1]?.ready();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sessions.map(({ isClosed }) => isClosed)).toEqual([false, false]);
  });

  it('takes over by way of a new agent when there is no pause for eight minutes', async () => {
    const { sessions, fail } = linked({ isQuiet: () => false });
    await vi.advanceTimersByTimeAsync(RENEWED_MS);
    sessions[1]?.ready();
    await vi.advanceTimersByTimeAsync(8 * 60_000 - 1);
    expect(fail).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(fail.mock.calls).toEqual([['expired']]);
  });

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
  const sessions: ScriptedModelSession[] = [];
  const fail = vi.fn();
  const link = new ModelLink({
    open: () => {
      const session = new ScriptedModelSession();
      sessions.push(session);
      return session;
    },
    leftMs: Infinity,
    onSpent: async () => undefined,
    seed: async () => [],
    onRenewed: () => undefined,
    isQuiet: () => true,
    onEvent: () => undefined,
    onFault: fail,
    control: new ScriptedCallControl(),
    ...options,
  });
  link.listen();
  onTestFinished(() => link.close());
  return { sessions, fail };
}

describe('the session of the model', () => {
  it('that tells something the agent throws fails this agent alone, and throws nothing at its socket', () => {
    const error = new TypeError('of the agent');
    const onEvent = () => {
      throw error;
    };
    const { sessions, fail } = linked({ onEvent });
    expect(() => sessions[0]?.tell({ type: 'response_created', responseId: 'r' })).not.toThrow();
    expect(fail.mock.calls).toEqual([['garbage', error]]);
  });

  it('that is gone is a fault by what the next one would do', () => {
    const refused = linked({});
    refused.sessions[0]?.end({ code: 'http_401', fatal: true });
    expect(refused.fail).toHaveBeenCalledExactlyOnceWith('refused');
    const lost = linked({});
    lost.sessions[0]?.end({ code: 'closed', fatal: false });
    expect(lost.fail).toHaveBeenCalledExactlyOnceWith('lost');
  });
});
