import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a caller who was asked for digits and has gone to the vehicle', () => {
  /** The question was heard. */
  async function gone(): Promise<TalkingCall> {
    const call = new TalkingCall();
    call.agent.start(false);
    await settled();
    call.tools.answer = () => ({ output: 'Ask.', result: 'done', effect: { kind: 'collect_digits' } });
    call.model.hears('My appointments');
    const response = call.model.begins();
    call.model.calls(response, 'verify_me');
    call.model.completes(response);
    await settled();
    call.model.answers('Please key the last four digits.');
    await settled();
    return call;
  }
  const questions = (call: TalkingCall) =>
    call.model.of('respond').filter(({ instructions }) => instructions?.includes('still there'));

  it('is not asked whether anybody is there while the digits are waited for', async () => {
    const call = await gone();
    await vi.advanceTimersByTimeAsync(29_900);
    expect(call.model.of('respond')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(call.model.of('respond')).toHaveLength(2);
    expect(questions(call)).toEqual([]);
  });

  it('is not hung up on in the minute in which they may still come, and is after that', async () => {
    const call = await gone();
    await vi.advanceTimersByTimeAsync(30_000);
    call.model.answers('Take your time.');
    await settled();
    for (let second = 0; second < 58; second += 1) {
      const before = questions(call).length;
      await vi.advanceTimersByTimeAsync(1000);
      if (questions(call).length > before) call.model.answers('Are you still there?');
    }
    expect(questions(call).length).toBeLessThanOrEqual(2);
    expect(call.control.left).toBeNull();
    for (const digit of '0427') call.agent.onDigit(digit);
    await settled();
    expect(call.tools.codes).toEqual(['0427']);
    call.model.answers('Thank you.');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(call.control.left).toBe('transferred');
  });
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
