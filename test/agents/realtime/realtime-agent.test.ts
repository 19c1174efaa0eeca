import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NOTHING_DONE } from '../../../src/agents/realtime/spoken-claims.js';
import type { ToolAnswer } from '../../../src/agents/realtime/tools/tool-answer.js';
import { ScriptedCallControl } from '../../support/scripted-call-control.js';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function started(call = new TalkingCall()): Promise<TalkingCall> {
  call.agent.start(false);
  await settled();
  call.control.instant = false;
  return call;
}

describe('the beginning of a talking call', () => {
  it('greets at once, tells the model the facts and what was said, and listens', async () => {
    const call = new TalkingCall();
    call.agent.start(false);
    expect(call.control.said).toEqual(['Welcome.']);
    await settled();
    expect(call.model.sent).toEqual([
      { type: 'add_text', role: 'system', text: 'The facts.' },
      { type: 'add_text', role: 'assistant', text: 'Welcome.' },
    ]);
  });

  it('goes on by itself after a break', async () => {
    const call = new TalkingCall();
    call.agent.start(true);
    await settled();
    expect(call.control.said).toEqual(['We were cut off.']);
    expect(call.model.of('respond')).toHaveLength(1);
  });

  it('is left to the caller whom the agent before greets to the end', async () => {
    const call = new TalkingCall({}, { isBeingGreeted: true, greeting: () => [] });
    expect(call.agent.mustRespondAfter).not.toContain('start');
    call.agent.start(true);
    await settled();
    expect(call.model.of('respond')).toEqual([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(call.model.of('respond')).toHaveLength(1);
  });

  it('gives the caller to the model frame by frame', async () => {
    const call = await started();
    for (let frame = 0; frame < 3; frame += 1) call.agent.pushAudio(Buffer.alloc(160));
    expect(call.model.heardBytes).toBe(480);
  });

  it('lets the rest of a batch wait when one has gone out', async () => {
    const call = await started();
    expect(call.control.audioMayWaitMs).toBeNull();
    call.model.tellBatch(60);
    expect(call.control.audioMayWaitMs).toBe(60);
  });
});

describe('a reply of the model', () => {
  it('is one utterance for each of its items, in whole frames', async () => {
    const call = await started();
    call.model.hears('I need an oil change');
    const response = call.model.begins();
    call.model.tell({ type: 'audio', responseId: response, itemId: 'a', audio: Buffer.alloc(250) });
    call.model.tell({ type: 'audio', responseId: response, itemId: 'a', audio: Buffer.alloc(100) });
    call.model.speaks(response, 'And then?', 100);
    call.model.completes(response);
    const [, first, second] = call.control.utterances;
    const sizes = first?.pieces.map(({ audio }) => audio.length) ?? [];
    expect(sizes.every((size) => size % 160 === 0)).toBe(true);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(480);
    expect(first?.ended).toBe(true);
    expect(second?.transcript).toEqual({ text: 'And then?', isComplete: true });
    expect(call.history).toEqual(['user: I need an oil change']);
  });

  it('that came as text is spoken by our voice', async () => {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    call.model.tell({ type: 'words_done', responseId: response, itemId: 'a', text: 'Good day. Yes?' });
    expect(call.control.said).toHaveLength(1);
    call.model.completes(response);
    expect(call.control.lastSaid).toBe('Good day. Yes?');
  });

  it('that is interrupted is cancelled, and cut in the model to what was heard', async () => {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    const item = call.model.speaks(response, 'A long answer', 1000);
    call.interrupt(420.7);
    await settled();
    expect(call.model.sent.slice(-2)).toEqual([
      { type: 'cancel', responseId: response },
      { type: 'truncate', itemId: item, heardMs: 420 },
    ]);
    call.model.tell({ type: 'audio', responseId: response, itemId: item, audio: Buffer.alloc(1600) });
    call.model.completes(response, 'cancelled');
    expect(call.control.utterances).toHaveLength(2);
    expect(call.control.utterances[1]?.pieces.reduce((sum, { audio }) => sum + audio.length, 0)).toBe(8000);
  });

  it('of which nothing was heard is taken out of the conversation of the model', async () => {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    const item = call.model.speaks(response, 'Never heard', 1000);
    call.interrupt(0);
    await settled();
    expect(call.model.of('truncate')).toEqual([]);
    expect(call.model.of('delete_item')).toEqual([{ type: 'delete_item', itemId: item }]);
  });

  it('is never cut beyond the audio that came', async () => {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    const item = call.model.speaks(response, 'Short', 300);
    call.interrupt(900);
    await settled();
    expect(call.model.of('truncate')).toEqual([{ type: 'truncate', itemId: item, heardMs: 300 }]);
  });

  it('waits while the caller goes on speaking, and is dropped for what they then say', async () => {
    const call = await started();
    call.model.hears('I need');
    const first = call.model.begins();
    call.agent.onSpeechStarted(3000);
    call.model.speaks(first, 'What do you need?');
    expect(call.control.utterances).toHaveLength(1);
    call.model.hears('an oil change');
    expect(call.model.of('cancel')).toEqual([{ type: 'cancel', responseId: first }]);
    call.model.completes(first, 'cancelled');
    expect(call.model.of('respond')).toHaveLength(1);
    call.model.answers('When would you like to come?');
    expect(call.control.utterances).toHaveLength(2);
  });

  it('that waited for a noise is played a second after it', async () => {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    call.agent.onSpeechStarted(3000);
    call.model.speaks(response, 'Good day.');
    call.model.completes(response);
    call.agent.onSpeechEnded(3200);
    expect(call.control.utterances).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.control.utterances).toHaveLength(2);
  });
});

describe('a brief interruption', () => {
  const rest = { text: 'and the rest of it.', audio: Buffer.alloc(1600, 0x2a) };

  async function interrupted() {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    call.model.speaks(response, 'A long answer and the rest of it.', 4000);
    call.interrupt(1000, [rest]);
    call.agent.onSpeechStarted(5000);
    call.model.completes(response, 'cancelled');
    call.agent.onSpeechEnded(5400);
    return call;
  }

  it('by "mhm" is no turn: the agent goes on with its own audio and the reply is dropped', async () => {
    const call = await interrupted();
    const item = call.model.hears();
    const reply = call.model.begins();
    call.model.speaks(reply, 'Yes?');
    expect(call.control.utterances).toHaveLength(2);
    call.model.tell({ type: 'caller_words', itemId: item, text: 'Mhm.' });
    expect(call.control.lastSaid).toBe('and the rest of it.');
    expect(call.model.of('cancel').at(-1)).toEqual({ type: 'cancel', responseId: reply });
  });

  it('with words is answered', async () => {
    const call = await interrupted();
    const item = call.model.hears();
    const reply = call.model.begins();
    call.model.speaks(reply, 'On Monday then.');
    call.model.tell({ type: 'caller_words', itemId: item, text: 'No, Monday' });
    expect(call.control.utterances).toHaveLength(3);
    expect(call.control.utterances[2]?.transcript?.text).toBe('On Monday then.');
  });

  it('whose words do not come within a second is answered', async () => {
    const call = await interrupted();
    call.model.hears();
    call.model.answers('Pardon?');
    expect(call.control.utterances).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.control.utterances).toHaveLength(3);
  });
});

describe('the functions of the model', () => {
  it('run beside the call, and one reply follows the last of several', async () => {
    const call = await started();
    const answers: ((answer: ToolAnswer) => void)[] = [];
    call.tools.answer = () => new Promise((resolve) => answers.push(resolve));
    call.model.hears('When?');
    const response = call.model.begins();
    call.model.calls(response, 'find_open_times');
    call.model.calls(response, 'shop_info');
    call.model.completes(response);
    answers[0]?.({ output: 'Monday.', result: 'done' });
    await settled();
    expect(call.model.of('respond')).toHaveLength(0);
    answers[1]?.({ output: 'Open.', result: 'done' });
    await settled();
    expect(call.model.of('add_output').map(({ output }) => output)).toEqual(['Monday.', 'Open.']);
    expect(call.model.of('respond')).toHaveLength(1);
    expect(call.history).toEqual([
      'user: When?',
      'function: find_open_times: done',
      'function: shop_info: done',
    ]);
  });

  it('that take long are bridged with a word', async () => {
    const call = await started();
    call.tools.answer = () => new Promise(() => undefined);
    call.model.hears('When?');
    const response = call.model.begins();
    call.model.calls(response, 'find_open_times');
    call.model.completes(response);
    await vi.advanceTimersByTimeAsync(1199);
    expect(call.control.said).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(call.control.lastSaid).toBe('One moment, please.');
  });

  it('that end after a barge-in give their output and no reply while the caller has the turn', async () => {
    const call = await started();
    const answers: ((answer: ToolAnswer) => void)[] = [];
    call.tools.answer = () => new Promise((resolve) => answers.push(resolve));
    call.model.hears('When?');
    const response = call.model.begins();
    call.model.speaks(response, 'Let me see.');
    call.model.calls(response, 'find_open_times');
    call.interrupt(300);
    call.agent.onSpeechStarted(4000);
    call.model.completes(response, 'cancelled');
    answers[0]?.({ output: 'Monday.', result: 'done' });
    await settled();
    expect(call.model.of('add_output')).toHaveLength(1);
    expect(call.model.of('respond')).toHaveLength(0);
    call.agent.onSpeechEnded(5500);
    call.model.hears('No, Tuesday');
    call.model.answers('Tuesday it is.');
    expect(call.model.of('respond')).toHaveLength(0);
  });

  it('that end the call do so after what the model says with them', async () => {
    const call = await started();
    call.tools.answer = () => ({ output: 'Bye.', result: 'done', effect: { kind: 'hang_up' } });
    call.model.hears('Bye');
    const response = call.model.begins();
    call.model.speaks(response, 'Goodbye then.');
    call.model.calls(response, 'end_call');
    await settled();
    expect(call.control.left).toBeNull();
    call.model.completes(response);
    await settled();
    expect(call.control.left).toBeNull();
    call.control.playOut();
    await settled();
    expect(call.control.left).toBe('hung up');
    expect(call.control.utterances).toHaveLength(2);
  });

  it('that end the call without a word get a word of ours', async () => {
    const call = await started();
    call.tools.answer = () => ({ output: 'Yes.', result: 'done', effect: { kind: 'transfer' } });
    call.model.hears('A person please');
    const response = call.model.begins();
    call.model.calls(response, 'transfer_to_person');
    call.model.completes(response);
    await settled();
    expect(call.control.lastSaid).toBe('I will connect you with a person now.');
    expect(call.control.left).toBe('transferred');
  });
});

describe('what is said of a booking', () => {
  const effect = {
    kind: 'booked' as const,
    appointment: { id: 1, service_type: 'oil_change', date: '2026-11-30T09:00:00-06:00' },
    sentence: 'Your oil change is booked for Monday.',
  };

  async function booked(judge?: () => 'wrong') {
    const call = await started(new TalkingCall({}, judge ? { judge } : {}));
    call.tools.answer = () => ({ output: 'Booked.', result: 'done', effect });
    call.model.hears('Yes please');
    const response = call.model.begins();
    call.model.calls(response, 'book_appointment');
    call.model.completes(response);
    await settled();
    return call;
  }

  it('is confirmed when the right words were heard to their end', async () => {
    const call = await booked();
    call.model.answers('You are booked for Monday.');
    expect(call.control.session.data.collected_data.appointment_confirmed).toBeUndefined();
    call.control.playOut();
    await settled();
    expect(call.control.session.data.collected_data.appointment_confirmed).toBe(true);
    expect(call.control.said).toHaveLength(2);
  });

  it('is said by us when the model says nothing of it', async () => {
    const call = await booked();
    call.model.answers('Anything else?');
    expect(call.control.lastSaid).toBe(effect.sentence);
    call.control.playOut();
    await settled();
    expect(call.control.session.data.collected_data.appointment_confirmed).toBe(true);
  });

  it('is put right by us when the model says another time', async () => {
    const call = await booked(() => 'wrong');
    call.model.answers('You are booked for Sunday.');
    expect(call.control.lastSaid).toBe(effect.sentence);
  });

  it('is taken back when nothing is booked', async () => {
    const call = await started(new TalkingCall({}, { judge: () => 'unfounded' }));
    call.model.hears('Book it');
    call.model.answers('It is booked.');
    expect(call.control.lastSaid).toBe(NOTHING_DONE);
    expect(call.model.sent.at(-1)).toMatchObject({ type: 'add_text', role: 'system' });
  });

  it('comes before the goodbye when the call ends first', async () => {
    const call = await booked();
    call.tools.answer = () => ({ output: 'Bye.', result: 'done', effect: { kind: 'hang_up' } });
    const response = call.model.begins();
    call.model.calls(response, 'end_call');
    call.model.completes(response);
    await settled();
    expect(call.control.said.slice(-2)).toEqual([effect.sentence, 'Goodbye.']);
    call.control.playOut();
    await settled();
    expect(call.control.left).toBe('hung up');
  });
});

describe('while a function is at work', () => {
  it('the caller is not told to wait into their own words', async () => {
    const call = await started();
    call.tools.answer = () => new Promise(() => undefined);
    call.model.hears('When?');
    const response = call.model.begins();
    call.model.calls(response, 'find_open_times');
    call.model.completes(response);
    call.agent.onSpeechStarted(3000);
    await vi.advanceTimersByTimeAsync(1500);
    expect(call.control.said).toEqual(['Welcome.']);
  });
});

describe('keys on a talking call', () => {
  it('are told to the model together', async () => {
    const call = await started();
    for (const digit of '12') call.agent.onDigit(digit);
    await vi.advanceTimersByTimeAsync(700);
    expect(call.model.sent.slice(-2)).toEqual([
      { type: 'add_text', role: 'user', text: 'The caller pressed 1 2.' },
      { type: 'respond' },
    ]);
  });

  it('bring the person at once with 0', async () => {
    const call = await started();
    call.tools.answer = () => ({ output: 'Yes.', result: 'done', effect: { kind: 'transfer' } });
    call.agent.onDigit('0');
    await settled();
    expect(call.control.left).toBe('transferred');
    expect(call.tools.ran.map(({ name }) => name)).toEqual(['transfer_to_person']);
  });

  it('that prove who calls never reach the model', async () => {
    const call = await started();
    call.tools.answer = () => ({ output: 'Ask.', result: 'done', effect: { kind: 'collect_digits' } });
    call.model.hears('My appointments');
    const response = call.model.begins();
    call.model.calls(response, 'verify_me');
    call.model.completes(response);
    await settled();
    expect(call.agent.keysAreSecret).toBe(true);
    for (const digit of '0427') call.agent.onDigit(digit);
    await settled();
    expect(call.tools.codes).toEqual(['0427']);
    expect(JSON.stringify(call.model.sent)).not.toMatch(/0427|0 4 2 7/);
    expect(call.model.sent.at(-1)).toMatchObject({ type: 'add_text', role: 'system' });
    call.model.completes(call.model.begins(), 'cancelled');
    expect(call.model.sent.at(-1)).toEqual({ type: 'respond' });
  });
});

describe('a silent caller', () => {
  it('is asked twice, then the call goes to a person', async () => {
    const call = await started();
    for (let question = 1; question <= 2; question += 1) {
      await vi.advanceTimersByTimeAsync(10_000);
      expect(call.model.of('respond')).toHaveLength(question);
      call.model.answers('Are you still there?');
      call.control.playOut();
      await settled();
    }
    await vi.advanceTimersByTimeAsync(10_000);
    expect(call.control.lastSaid).toMatch(/did not get an answer/);
    expect(call.control.left).toBe('transferred');
  });
});

describe('a model that fails', () => {
  it('in one response is asked once more', async () => {
    const call = await started();
    call.model.hears('Hello');
    call.model.fails(call.model.begins(), 'server_error');
    expect(call.model.of('respond')).toHaveLength(1);
    expect(call.control.left).toBeNull();
    call.model.fails(call.model.begins(), 'server_error');
    expect(call.control.faults).toEqual(['lost']);
  });

  it('for want of credit is not asked again', async () => {
    const call = await started();
    call.model.hears('Hello');
    call.model.fails(call.model.begins(), 'insufficient_quota');
    expect(call.model.of('respond')).toHaveLength(0);
    expect(call.control.faults).toEqual(['refused']);
  });

  it.each([
    ['silent', 'unanswered'],
    ['lost', 'unanswered'],
    ['threw', undefined],
    [undefined, undefined],
  ] as const)('is blamed for an agent that ends as %s: %s', async (failure, closedAs) => {
    const call = await started();
    await call.agent.stop(failure);
    expect(call.model.isClosed).toBe(true);
    expect(call.model.closedAs).toBe(closedAs);
  });

  it('by saying nothing at all is asked once more', async () => {
    const call = await started();
    call.model.hears('Hello');
    call.model.completes(call.model.begins());
    expect(call.model.of('respond')).toHaveLength(1);
  });

  it.each([
    [{ code: 'invalid_api_key', fatal: true }, 'refused'],
    [{ code: 'session_expired', fatal: false }, 'expired'],
    [{ code: 'garbage', fatal: false }, 'garbage'],
    [{ code: 'closed', fatal: false }, 'lost'],
  ])('with %o has failed as %s', async (fault, reason) => {
    const call = await started();
    call.model.end(fault);
    expect(call.control.faults).toEqual([reason]);
  });
});

describe('a session of the model', () => {
  it('is renewed in a quiet moment after 50 minutes', async () => {
    const call = await started();
    call.agent.onSpeechStarted(1000);
    call.model.hears('Hello');
    const response = call.model.begins();
    await vi.advanceTimersByTimeAsync(50 * 60_000 + 500);
    expect(call.sessions).toHaveLength(2);
    call.sessions[1]?.ready();
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.sessions[0]?.isClosed).toBe(false);
    call.sessions[0]?.completes(response, 'cancelled');
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.sessions[0]?.isClosed).toBe(true);
    expect(call.sessions[1]?.sent).toEqual([{ type: 'add_text', role: 'system', text: 'The facts.' }]);
  });

  it('leaves nothing behind when the call is over', async () => {
    new ScriptedCallControl().session.change({ speaking: true });
    const ofASession = vi.getTimerCount();
    vi.clearAllTimers();
    const call = await started();
    call.agent.onDigit('1');
    call.agent.onSpeechStarted(1000);
    call.agent.onSpeechEnded(1500);
    await call.agent.stop();
    expect(call.model.isClosed).toBe(true);
    expect(call.tools.released).toBe(true);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(ofASession);
  });
});
