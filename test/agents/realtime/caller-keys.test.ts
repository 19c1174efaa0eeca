import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ToolAnswer } from '../../../src/agents/realtime/tools/tool-answer.js';
import { dtmf } from '../../../tools/call/touch-tones.js';
import { framesOf } from '../../support/speech-clips.js';
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
    press(call, '7');
    await vi.advanceTimersByTimeAsync(1900);
    press(call, '8#');
    await vi.advanceTimersByTimeAsync(2000);
    expect(call.agent.keysAreSecret).toBe(false);
    expect(call.tools.codes).toEqual(['1234']);
    expect(JSON.stringify(call.model.sent)).not.toMatch(/pressed/);
  });

  it('can be looked for during 30 s from when the question was heard', async () => {
    const call = await askedForDigits();
    call.control.instant = false;
    await vi.advanceTimersByTimeAsync(3000);
    call.model.answers('Please key the last four digits.', 4000);
    await vi.advanceTimersByTimeAsync(4000);
    call.control.playOut();
    await settled();
    await vi.advanceTimersByTimeAsync(29_900);
    press(call, '0427');
    await settled();
    expect(call.tools.codes).toEqual(['0427']);
    expect(JSON.stringify(call.model.sent)).not.toMatch(/did not enter|pressed/);
  });

  it('are as secret, and still a code, in the minute after they were given up', async () => {
    const call = await askedForDigits();
    press(call, '04');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(JSON.stringify(call.model.sent)).toMatch(/did not enter/);
    press(call, '27');
    expect(call.agent.keysAreSecret).toBe(true);
    await vi.advanceTimersByTimeAsync(2000);
    expect(call.model.of('add_text').at(-1)?.text).toMatch(/keys that you are not shown/);
    await vi.advanceTimersByTimeAsync(50_000);
    press(call, '0427');
    await settled();
    expect(call.tools.codes).toEqual(['0427']);
    expect(JSON.stringify(call.model.sent)).not.toMatch(/pressed \d/);
  });

  it('are secret no longer than that, and 0 alone brings the person meanwhile', async () => {
    const call = await askedForDigits();
    press(call, '#');
    await vi.advanceTimersByTimeAsync(59_900);
    expect(call.agent.keysAreSecret).toBe(true);
    await vi.advanceTimersByTimeAsync(100);
    expect(call.agent.keysAreSecret).toBe(false);
    const other = await askedForDigits();
    press(other, '#');
    other.tools.answer = () => ({ output: 'Yes.', result: 'done', effect: { kind: 'transfer' } });
    press(other, '0');
    await vi.advanceTimersByTimeAsync(2000);
    expect(other.control.left).toBe('transferred');
    expect(other.tools.codes).toEqual([]);
  });

  it('reach the model by no sound either, where a line carries that of its keys', async () => {
    const call = await askedForDigits();
    const given: Buffer[] = [];
    call.model.pushAudio = (frame) => void given.push(frame);
    const key = Buffer.concat([Buffer.alloc(220, 0xff), dtmf('4', 100), Buffer.alloc(100, 0xff)]);
    for (let at = 0; at < key.length; at += 160) call.agent.pushAudio(key.subarray(at, at + 160));
    expect(given).toHaveLength(7);
    // The first and the last frame of it hold only its edges, too little to know the key by.
    expect(given.slice(2, 5)).toEqual([0, 1, 2].map(() => Buffer.alloc(160, 0xff)));
    expect(given.filter((frame) => frame.some((byte) => byte !== 0xff))).toHaveLength(2);
    given.length = 0;
    const voice = (await framesOf('sp_a_male_command.wav')).slice(40, 60);
    for (const frame of voice) call.agent.pushAudio(frame);
    expect(given).toEqual(voice);
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
    await vi.advanceTimersByTimeAsync(30_000);
    expect(call.agent.keysAreSecret).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(call.tools.codes).toEqual([]);
    expect(call.agent.keysAreSecret).toBe(false);
    expect(JSON.stringify(call.model.sent)).toMatch(/did not enter/);
    expect(JSON.stringify(call.model.sent)).not.toMatch(/pressed/);
    const after = new TalkingCall({ session: { collected_data: call.control.session.data.collected_data } });
    expect(after.agent.keysAreSecret).toBe(false);
    await after.agent.stop();
  });
});
