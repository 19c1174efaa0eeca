import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ToolAnswer } from '../../../src/agents/realtime/tools/tool-answer.js';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a model that calls functions without end', () => {
  it('gets no more of them than the desk can do, and the history stays short', async () => {
    const call = new TalkingCall();
    call.agent.start(false);
    await settled();
    call.tools.answer = () => new Promise(() => undefined);
    call.model.hears('When?');
    const response = call.model.begins();
    for (let n = 0; n < 1000; n += 1) call.model.calls(response, 'find_open_times');
    await settled();
    expect(call.tools.ran).toHaveLength(16);
    expect(call.model.of('add_output')).toHaveLength(984);
    expect(call.model.of('add_output')[0]?.output).toMatch(/^Nothing was done/);
    expect(call.history).toEqual(['user: When?']);
  });
});

describe('a model that calls one function after the other', () => {
  /** It calls one in a response, says this or nothing, and the function has answered. */
  async function round(call: TalkingCall, words?: string): Promise<void> {
    const response = call.model.begins();
    if (words) call.model.speaks(response, words);
    call.model.calls(response, 'find_open_times');
    await settled();
    call.model.completes(response);
    await settled();
  }
  async function begun(): Promise<TalkingCall> {
    const call = new TalkingCall();
    call.agent.start(false);
    await settled();
    call.model.hears('When?');
    return call;
  }

  it('and says nothing is asked for words alone after five of them, and has failed if it calls again', async () => {
    const call = await begun();
    for (let n = 1; n <= 4; n += 1) await round(call);
    expect(call.model.of('respond')).toEqual(Array(4).fill({ type: 'respond' }));
    await round(call);
    expect(call.model.of('respond').at(-1)).toEqual({ type: 'respond', tools: false });
    expect(call.control.faults).toEqual([]);
    await round(call);
    expect(call.control.faults).toEqual(['lost']);
  });

  it('and says something in between goes on as it likes', async () => {
    const call = await begun();
    for (let n = 1; n <= 15; n += 1) await round(call, n % 5 === 0 ? 'Let me look further.' : undefined);
    expect(call.model.of('respond')).toEqual(Array(15).fill({ type: 'respond' }));
    expect(call.control.faults).toEqual([]);
  });

  it('and says something when it is asked for words may call functions again', async () => {
    const call = await begun();
    for (let n = 1; n <= 5; n += 1) await round(call);
    call.model.answers('There is nothing this week.');
    call.model.hears('And next week?');
    await round(call);
    expect(call.model.of('respond').at(-1)).toEqual({ type: 'respond' });
    expect(call.control.faults).toEqual([]);
  });
});

describe('a change of the appointment book', () => {
  it.each(['book_appointment', 'move_appointment', 'cancel_appointment'])(
    'by %s in a response that the caller has cut off is not done, and the model is told so',
    async (name) => {
      const call = new TalkingCall();
      call.agent.start(false);
      await settled();
      call.control.instant = false;
      call.model.hears('Monday at nine');
      const response = call.model.begins();
      call.model.speaks(response, 'Monday at nine it is.', 4000);
      call.interrupt(900);
      call.agent.onSpeechStarted(4000);
      call.model.calls(response, 'find_open_times');
      call.model.calls(response, name);
      call.model.completes(response, 'cancelled');
      await settled();
      expect(call.tools.ran.map((ran) => ran.name)).toEqual(['find_open_times']);
      expect(call.model.of('add_output').map(({ output }) => output)).toEqual([
        expect.stringMatching(/^NOT done: the caller interrupted/),
        'Done.',
      ]);
      expect(call.history).toContain(`function: ${name}: refused`);
    },
  );

  it('that was not done is asked for anew when the caller has only made a sound', async () => {
    const call = new TalkingCall();
    call.agent.start(false);
    await settled();
    call.control.instant = false;
    call.model.hears('Monday at nine');
    const response = call.model.begins();
    call.model.speaks(response, 'Monday at nine it is.', 4000);
    call.interrupt(900);
    call.agent.onSpeechStarted(4000);
    call.model.calls(response, 'book_appointment');
    call.model.completes(response, 'cancelled');
    call.agent.onSpeechEnded(4400);
    expect(call.model.of('respond')).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.model.of('respond')).toHaveLength(1);
  });
});

describe('the end of a call that the model asks for while a booking is under way', () => {
  const effect = {
    kind: 'booked' as const,
    appointment: { id: 1, service_type: 'oil_change', date: '2026-11-30T09:00:00-06:00' },
    sentence: 'Your oil change is booked for Monday.',
  };

  /** The model books and ends the call in one response; the book answers when it is told to. */
  async function leaving(ends: 'transfer' | 'hang_up') {
    const call = new TalkingCall({}, { judge: () => 'nothing' });
    call.agent.start(false);
    await settled();
    let answer: () => void = () => undefined;
    const booked = new Promise<ToolAnswer>((resolve) => {
      answer = () => resolve({ output: 'BOOKED.', result: 'done', effect });
    });
    call.tools.answer = (name) =>
      name === 'book_appointment' ? booked : { output: 'Yes.', result: 'done', effect: { kind: ends } };
    call.model.hears('Yes please, and goodbye');
    const response = call.model.begins();
    call.model.calls(response, 'book_appointment');
    call.model.calls(response, ends === 'transfer' ? 'transfer_to_person' : 'end_call');
    call.model.completes(response);
    await settled();
    return { call, answer };
  }

  it('comes at once when it is a person', async () => {
    const { call, answer } = await leaving('transfer');
    expect(call.control.left).toBe('transferred');
    answer();
    await settled();
    expect(call.model.of('respond')).toEqual([]);
  });

  it('comes when the caller has heard of the booking when it is goodbye', async () => {
    const { call, answer } = await leaving('hang_up');
    expect(call.control.left).toBeNull();
    answer();
    await settled();
    expect(call.control.said.slice(-2)).toEqual([effect.sentence, 'Goodbye.']);
    expect(call.control.left).toBe('hung up');
  });
});

describe('a booking that is written after its function was given up', () => {
  it('is said by us with what is said next', async () => {
    const call = new TalkingCall({}, { judge: () => 'nothing' });
    call.agent.start(false);
    await settled();
    const effect = {
      kind: 'booked' as const,
      appointment: { id: 1, service_type: 'oil_change', date: '2026-11-30T09:00:00-06:00' },
      sentence: 'Your oil change is booked for Monday.',
    };
    const late = Promise.resolve(effect);
    call.tools.answer = () => ({ output: 'It is NOT known.', result: 'failed', late });
    call.model.hears('Yes please');
    const response = call.model.begins();
    call.model.calls(response, 'book_appointment');
    call.model.completes(response);
    await settled();
    call.model.answers('I cannot reach the book right now.');
    expect(call.control.lastSaid).toBe(effect.sentence);
  });
});
