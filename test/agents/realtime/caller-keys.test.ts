import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ToolAnswer } from '../../../src/agents/realtime/tools/tool-answer.js';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A call on which the caller was just asked for the digits that prove who calls. */
async function askedForDigits(): Promise<TalkingCall> {
  const call = new TalkingCall();
  call.agent.start(false);
  await settled();
  call.tools.answer = () => ({ output: 'Ask.', result: 'done', effect: { kind: 'collect_digits' } });
  call.model.hears('My appointments');
  const response = call.model.begins();
  call.model.calls(response, 'verify_me');
  call.model.completes(response);
  await settled();
  return call;
}

function press(call: TalkingCall, digits: string): void {
  for (const digit of digits) call.agent.onDigit(digit);
}

describe('the digits that prove who calls', () => {
  it('are as secret at the second try as at the first', async () => {
    const call = await askedForDigits();
    call.tools.verdict = { output: 'Once more.', result: 'none', effect: { kind: 'collect_digits' } };
    press(call, '1234');
    await settled();
    expect(call.agent.keysAreSecret).toBe(true);
    press(call, '5678');
    await settled();
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.tools.codes).toEqual(['1234', '5678']);
    expect(JSON.stringify(call.model.sent)).not.toMatch(/pressed/);
  });

  it('are secret while they are looked at, and none of a whole VIN is told to the model', async () => {
    const call = await askedForDigits();
    let answer: (verdict: ToolAnswer) => void = () => undefined;
    call.tools.verdict = new Promise((resolve) => {
      answer = resolve;
    });
    press(call, '1234');
    expect(call.agent.keysAreSecret).toBe(true);
    press(call, '56');
    answer({ output: 'Verified.', result: 'done' });
    await settled();
    expect(call.agent.keysAreSecret).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(JSON.stringify(call.model.sent)).not.toMatch(/pressed/);
  });

  it('are looked at with a word, where that takes long', async () => {
    const call = await askedForDigits();
    call.tools.verdict = new Promise(() => undefined);
    press(call, '1234');
    await vi.advanceTimersByTimeAsync(1200);
    expect(call.control.lastSaid).toBe('One moment, please.');
  });

  it('are as secret for who goes on with the call while they are keyed', async () => {
    const before = await askedForDigits();
    press(before, '12');
    const { collected_data, conversation_history } = before.control.session.data;
    const call = new TalkingCall({ session: { collected_data, conversation_history } });
    call.agent.start(true);
    await settled();
    expect(call.agent.keysAreSecret).toBe(true);
    press(call, '34');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(call.tools.codes).toEqual([]);
    expect(call.agent.keysAreSecret).toBe(false);
    expect(JSON.stringify(call.model.sent)).toMatch(/did not enter/);
    expect(JSON.stringify(call.model.sent)).not.toMatch(/pressed/);
    const after = new TalkingCall({ session: { collected_data: call.control.session.data.collected_data } });
    expect(after.agent.keysAreSecret).toBe(false);
    await after.agent.stop();
  });
});
