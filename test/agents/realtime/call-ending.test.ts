import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The caller needs nothing more; the model answers with a goodbye and the end of the call. */
async function leaving(as: 'hang_up' | 'transfer' = 'hang_up') {
  const call = new TalkingCall();
  call.agent.start(false);
  await settled();
  call.control.instant = false;
  call.tools.answer = () => ({ output: 'Yes.', result: 'done', effect: { kind: as } });
  call.model.hears("That's all");
  return { call, response: call.model.begins() };
}

/** It is over, and plays. */
async function sayingGoodbye() {
  const { call, response } = await leaving();
  call.model.speaks(response, 'Goodbye then. Have a nice day.', 3000);
  call.model.calls(response, 'end_call');
  await settled();
  call.model.completes(response);
  await settled();
  return call;
}

const REST = { text: 'Have a nice day.', audio: Buffer.alloc(1600, 0x2a) };

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

  it('does not end the call into the words of a caller who goes on before its first sound', async () => {
    const { call, response } = await leaving();
    call.agent.onSpeechStarted(3000);
    call.model.speaks(response, 'Goodbye then.');
    call.model.calls(response, 'end_call');
    await settled();
    call.model.completes(response);
    await settled();
    expect(call.control.left).toBeNull();
    call.agent.onSpeechEnded(4500);
    call.model.hears('Oh wait, one more thing');
    call.model.answers('Of course.');
    call.control.playOut();
    await settled();
    expect(call.control.left).toBeNull();
    expect(call.control.utterances.map(({ transcript }) => transcript?.text)).toEqual([
      undefined,
      'Of course.',
    ]);
  });

  it('that waited for a noise is heard, and then ends the call', async () => {
    const { call, response } = await leaving();
    call.agent.onSpeechStarted(3000);
    call.model.speaks(response, 'Goodbye then.');
    call.model.calls(response, 'end_call');
    await settled();
    call.model.completes(response);
    call.agent.onSpeechEnded(3300);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.control.utterances.at(-1)?.transcript?.text).toBe('Goodbye then.');
    expect(call.control.left).toBeNull();
    call.control.playOut();
    await settled();
    expect(call.control.left).toBe('hung up');
    expect(call.control.utterances).toHaveLength(2);
    expect(call.control.session.data.collected_data.last_words_heard).toBe(true);
  });

  it('without a word of the model waits for a caller who speaks', async () => {
    const { call, response } = await leaving();
    call.model.completes(response, 'cancelled');
    call.agent.onSpeechStarted(3000);
    call.model.calls(response, 'end_call');
    await settled();
    expect(call.control.said).toEqual(['Welcome.']);
    call.agent.onSpeechEnded(3300);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.control.lastSaid).toBe('Goodbye.');
    call.control.playOut();
    await settled();
    expect(call.control.left).toBe('hung up');
  });

  it('that a caller speaks into does not end the call, until its last mark is back', async () => {
    const call = await sayingGoodbye();
    expect(call.control.session.data.current_state).toBe('completed');
    call.interrupt(900, [REST]);
    call.agent.onSpeechStarted(6000);
    await settled();
    expect(call.control.left).toBeNull();
    call.agent.onSpeechEnded(7500);
    call.model.hears('Oh wait, one more thing');
    expect(call.control.session.data.current_state).toBe('greeting');
    call.model.answers('Of course.');
    call.control.playOut();
    await settled();
    expect(call.control.utterances.at(-1)?.transcript?.text).toBe('Of course.');
    expect(call.control.left).toBeNull();
  });

  it('is heard to its end, and ends the call, when the caller has only said "okay" into it', async () => {
    const call = await sayingGoodbye();
    call.interrupt(900, [REST], 'Goodbye then.');
    call.agent.onSpeechStarted(6000);
    call.agent.onSpeechEnded(6400);
    const turn = call.model.hears();
    call.model.answers('Anything else?');
    call.model.tell({ type: 'caller_words', itemId: turn, text: 'Okay.' });
    expect(call.control.lastSaid).toBe(REST.text);
    expect(call.control.left).toBeNull();
    call.control.playOut();
    await settled();
    expect(call.control.left).toBe('hung up');
    expect(call.control.session.data.collected_data.last_words_heard).toBe(true);
  });

  it('is answered with another, which ends the call, when the caller has said "bye" into it', async () => {
    const call = await sayingGoodbye();
    call.interrupt(900, [REST], 'Goodbye then.');
    call.agent.onSpeechStarted(6000);
    call.agent.onSpeechEnded(6400);
    const turn = call.model.hears();
    const response = call.model.begins();
    call.model.speaks(response, 'Bye.');
    call.model.calls(response, 'end_call');
    await settled();
    call.model.completes(response);
    expect(call.control.utterances).toHaveLength(2);
    call.model.tell({ type: 'caller_words', itemId: turn, text: 'Bye.' });
    await settled();
    expect(call.control.utterances.at(-1)?.transcript?.text).toBe('Bye.');
    expect(call.control.left).toBeNull();
    call.control.playOut();
    await settled();
    expect(call.control.left).toBe('hung up');
    expect(call.control.session.data.current_state).toBe('completed');
  });

  it('is not answered anew for a sound that only the server of the model has heard', async () => {
    const call = await sayingGoodbye();
    call.model.hears();
    call.model.answers('Yes?');
    expect(call.control.utterances).toHaveLength(2);
    call.control.playOut();
    await settled();
    expect(call.control.left).toBe('hung up');
  });

  it('is heard to its end when the model is gone by then', async () => {
    const call = await sayingGoodbye();
    call.model.end({ code: 'closed', fatal: false });
    expect(call.control.left).toBe('hung up');
  });

  it.each(['before its response is over', 'while it plays'])(
    'gives way to a person when the caller presses 0 %s',
    async (when) => {
      const { call, response } = await leaving();
      call.model.speaks(response, 'Goodbye then.');
      call.model.calls(response, 'end_call');
      await settled();
      if (when === 'while it plays') call.model.completes(response);
      await settled();
      call.tools.answer = () => ({ output: 'Yes.', result: 'done', effect: { kind: 'transfer' } });
      call.control.press(call.agent, '0');
      await settled();
      expect(call.control.lastSaid).toBe('I will connect you with a person now.');
      expect(call.control.left).toBe('transferred');
    },
  );
});

describe('a transfer of the model', () => {
  it('that it has announced while the caller spoke comes when that was heard', async () => {
    const { call, response } = await leaving('transfer');
    call.agent.onSpeechStarted(3000);
    call.model.speaks(response, 'I connect you.');
    call.model.calls(response, 'transfer_to_person');
    await settled();
    call.model.completes(response);
    await settled();
    expect(call.control.left).toBeNull();
    call.agent.onSpeechEnded(3300);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.control.utterances.at(-1)?.transcript?.text).toBe('I connect you.');
    expect(call.control.left).toBe('transferred');
    expect(call.control.utterances).toHaveLength(2);
  });

  it.each(['held', 'cut off'])(
    'of which the announcement was %s is announced by us when the caller has spoken',
    async (how) => {
      const { call, response } = await leaving('transfer');
      if (how === 'held') call.agent.onSpeechStarted(3000);
      call.model.speaks(response, 'I connect you.');
      if (how === 'cut off') {
        call.interrupt(300);
        call.agent.onSpeechStarted(3000);
      }
      call.model.calls(response, 'transfer_to_person');
      await settled();
      call.model.completes(response, how === 'held' ? 'completed' : 'cancelled');
      await settled();
      expect(call.control.left).toBeNull();
      call.agent.onSpeechEnded(4500);
      call.model.hears('It is about my brakes');
      expect(call.control.lastSaid).toBe('I will connect you with a person now.');
      expect(call.control.left).toBe('transferred');
    },
  );
});
