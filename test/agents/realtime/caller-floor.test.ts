import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a reply that was dropped for what the caller said', () => {
  it.each(['a second later', 'never'])(
    'is not played, though its server tells %s that it is over',
    async (when) => {
      const call = new TalkingCall();
      call.agent.start(false);
      await settled();
      call.control.instant = false;
      call.model.hears('I need');
      const first = call.model.begins();
      call.agent.onSpeechStarted(3000);
      const item = call.model.speaks(first, 'What do you need?');
      call.agent.onSpeechEnded(4000);
      call.model.hears('an oil change');
      await vi.advanceTimersByTimeAsync(1500);
      if (when !== 'never') {
        call.model.completes(first, 'cancelled');
        expect(call.model.of('delete_item')).toEqual([{ type: 'delete_item', itemId: item }]);
      }
      await vi.advanceTimersByTimeAsync(5000);
      expect(call.control.utterances).toHaveLength(1);
      call.model.answers('When would you like to come?');
      call.control.playOut();
      await settled();
      expect(call.control.utterances.map(({ transcript }) => transcript?.text)).toEqual([
        undefined,
        'When would you like to come?',
      ]);
    },
  );
});

const AUDIO = Buffer.alloc(1600, 0x2a);
const REST = { text: 'and the rest of it.', audio: AUDIO };
/** A sentence of which the model has not sent all. */
const BEGUN = { text: 'We also have', audio: AUDIO };

/** A call on which a reply was cut off, by speech that still goes on. `isDone`: the model had sent all of it. */
async function cutOff({ isDone = true, unheard = [REST] } = {}): Promise<TalkingCall> {
  const call = new TalkingCall();
  call.agent.start(false);
  await settled();
  call.control.instant = false;
  call.model.hears('Hello');
  const response = call.model.begins();
  call.model.speaks(response, 'A long answer and the rest of it.', 4000);
  if (isDone) call.model.completes(response);
  call.interrupt(1000, unheard);
  call.agent.onSpeechStarted(5000);
  if (!isDone) call.model.completes(response, 'cancelled');
  await settled();
  return call;
}

const responses = (call: TalkingCall) => call.model.of('respond').length;

describe('a sound that has cut the agent off', () => {
  it.each([200, 1500])(
    'for %i ms is mended a second later, when the model finds no turn in it',
    async (ms) => {
      const call = await cutOff();
      call.agent.onSpeechEnded(5000 + ms);
      await vi.advanceTimersByTimeAsync(999);
      expect(call.control.utterances).toHaveLength(2);
      await vi.advanceTimersByTimeAsync(1);
      expect(call.control.lastSaid).toBe('and the rest of it.');
      expect(responses(call)).toBe(0);
    },
  );

  it('is mended when another follows it within the second', async () => {
    const call = await cutOff();
    call.agent.onSpeechEnded(5200);
    await vi.advanceTimersByTimeAsync(500);
    call.agent.onSpeechStarted(5700);
    call.agent.onSpeechEnded(5900);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.control.lastSaid).toBe('and the rest of it.');
  });

  it('is mended twice in a row, and again when the caller has had a turn', async () => {
    const call = await cutOff();
    const mended = () => call.control.said.filter((words) => words === 'and the rest of it.').length;
    const cough = async (from: number) => {
      if (from > 5000) call.interrupt(300, [REST]);
      if (from > 5000) call.agent.onSpeechStarted(from);
      call.agent.onSpeechEnded(from + 200);
      await vi.advanceTimersByTimeAsync(1000);
    };
    for (const from of [5000, 8000, 11_000]) await cough(from);
    expect(mended()).toBe(2);
    call.model.hears('What?');
    call.model.answers('A long answer and the rest of it.');
    await cough(20_000);
    expect(mended()).toBe(3);
  });

  it('is not mended while the model still listens to it, nor when it has found a turn', async () => {
    const call = await cutOff();
    call.model.tell({ type: 'speech_started', atMs: 5000, itemId: 'turn' });
    call.agent.onSpeechEnded(6000);
    await vi.advanceTimersByTimeAsync(1500);
    call.model.tell({ type: 'speech_stopped', atMs: 6500, itemId: 'turn' });
    call.model.hears('No, on Tuesday');
    call.model.answers('Tuesday then.');
    expect(call.control.utterances.map(({ transcript }) => transcript?.text).at(-1)).toBe('Tuesday then.');
    expect(call.control.said).not.toContain('and the rest of it.');
  });

  it('is followed by the answer to its words, when these come later than a second, or never', async () => {
    for (const words of [null, 'Mhm.']) {
      const call = await cutOff();
      call.agent.onSpeechEnded(5300);
      const itemId = call.model.hears();
      call.model.answers('Pardon?');
      expect(call.control.utterances).toHaveLength(2);
      if (words === null) call.model.tell({ type: 'caller_words_failed', itemId });
      else await vi.advanceTimersByTimeAsync(1000);
      expect(call.control.utterances).toHaveLength(3);
      if (words !== null) call.model.tell({ type: 'caller_words', itemId, text: words });
      await vi.advanceTimersByTimeAsync(3000);
      expect(call.control.utterances).toHaveLength(3);
      expect(call.control.utterances[2]?.transcript?.text).toBe('Pardon?');
    }
  });
});

describe('a reply that was cut off while it was made', () => {
  it('is gone on with by the model after "mhm", from the sentence that it had begun', async () => {
    const call = await cutOff({ isDone: false, unheard: [REST, BEGUN] });
    call.agent.onSpeechEnded(5300);
    const itemId = call.model.hears();
    const own = call.model.begins();
    call.model.tell({ type: 'caller_words', itemId, text: 'Mhm.' });
    expect(call.control.lastSaid).toBe('and the rest of it.');
    expect(call.model.sent.at(-1)).toMatchObject({
      role: 'system',
      text: expect.stringContaining('the rest of what you had said: "and the rest of it."'),
    });
    expect(responses(call)).toBe(0);
    call.model.completes(own, 'cancelled');
    expect(responses(call)).toBe(1);
    call.model.answers('We also have a slot on Monday.');
    expect(call.control.utterances).toHaveLength(4);
  });

  it('is gone on with after a cough, also when nothing of it can be said again', async () => {
    const call = await cutOff({ isDone: false, unheard: [BEGUN] });
    call.agent.onSpeechEnded(5200);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.control.utterances).toHaveLength(2);
    expect(responses(call)).toBe(1);
  });

  it('is not asked for while a function runs, whose answer is followed by a response', async () => {
    const call = await cutOff();
    call.tools.answer = () => new Promise(() => undefined);
    call.agent.onSpeechEnded(5200);
    call.model.hears('When?');
    const response = call.model.begins();
    call.model.speaks(response, 'Let me see.', 1000);
    await vi.advanceTimersByTimeAsync(1000);
    call.model.calls(response, 'find_open_times');
    call.interrupt(500, [REST]);
    call.agent.onSpeechStarted(9000);
    call.model.completes(response, 'cancelled');
    call.agent.onSpeechEnded(9200);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.control.said).toContain('and the rest of it.');
    expect(responses(call)).toBe(0);
  });
});

describe('what is said after all', () => {
  it('is told to the model as far as it was heard', async () => {
    const call = await cutOff();
    call.agent.onSpeechEnded(5200);
    await vi.advanceTimersByTimeAsync(1000);
    const before = call.model.of('add_text').length;
    call.control.playOut();
    await settled();
    expect(call.model.of('add_text').slice(before)).toEqual([
      { type: 'add_text', role: 'assistant', text: 'and the rest of it.' },
    ]);
  });
});

describe('a caller who was not understood', () => {
  it('hears what was cut off, when the line is still silent after two seconds', async () => {
    const call = await cutOff({ unheard: [] });
    call.agent.onFalseStart([REST]);
    expect(call.control.lastSaid).toBe('and the rest of it.');
  });

  it('hears nothing of it, and is not asked, while the model is at its answer', async () => {
    const call = await cutOff();
    call.model.hears('On Tuesday');
    call.model.begins();
    call.agent.onFalseStart([REST]);
    call.agent.onUnanswered();
    expect(call.control.said).not.toContain('and the rest of it.');
    expect(responses(call)).toBe(0);
  });

  it('is asked what they would like, and no function is called for that', async () => {
    const call = await cutOff({ unheard: [] });
    call.agent.onSpeechEnded(5200);
    await vi.advanceTimersByTimeAsync(1500);
    expect(responses(call)).toBe(0);
    call.agent.onUnanswered();
    expect(call.model.of('respond')).toMatchObject([
      { instructions: expect.stringMatching(/was not understood/), tools: false },
    ]);
    expect(call.control.mustRespondCount).toBeGreaterThan(0);
  });
});
