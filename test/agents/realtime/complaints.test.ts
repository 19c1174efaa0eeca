import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ToolAnswer } from '../../../src/agents/realtime/tools/tool-answer.js';
import { settled, TalkingCall } from '../../support/talking-call.js';

// What users of telephone agents complain of, one test for each complaint that the agent alone can meet.

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

/** Functions that answer when the test says so. */
function answeredLater(call: TalkingCall): ((answer: ToolAnswer) => void)[] {
  const answers: ((answer: ToolAnswer) => void)[] = [];
  call.tools.answer = () => new Promise((resolve) => answers.push(resolve));
  return answers;
}

const DONE: ToolAnswer = { output: 'Done.', result: 'done' };

describe('a caller of the talking agent', () => {
  it('is greeted in the turn in which the call starts, whatever the model does', () => {
    const call = new TalkingCall();
    call.agent.start(false);
    expect(call.control.said).toEqual(['Welcome.']);
  });

  it('who is greeted is listened to: the model is not asked to speak first', async () => {
    const call = await started();
    await vi.advanceTimersByTimeAsync(9000);
    expect(call.model.of('respond')).toEqual([]);
  });

  it('hears nothing more of a reply after a barge-in, however much of it still comes', async () => {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    call.model.speaks(response, 'A long answer');
    call.interrupt(200);
    const before = call.control.utterances.length;
    call.model.speaks(response, 'and more of it');
    call.model.completes(response, 'cancelled');
    expect(call.control.utterances).toHaveLength(before);
  });

  it('is spoken with by a model that knows what was cut off', async () => {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    const [first, second] = [
      call.model.speaks(response, 'One.', 500),
      call.model.speaks(response, 'Two.', 500),
    ];
    call.control.utterances[1]?.finish(true);
    call.interrupt(120);
    await settled();
    expect(call.model.of('truncate')).toEqual([{ type: 'truncate', itemId: second, heardMs: 120 }]);
    expect(call.model.of('delete_item')).toEqual([]);
    expect(first).not.toBe(second);
  });

  it('hears one answer to several functions', async () => {
    const call = await started();
    const answers = answeredLater(call);
    call.model.hears('When?');
    const response = call.model.begins();
    for (const name of ['find_open_times', 'my_vehicles', 'shop_info']) call.model.calls(response, name);
    call.model.completes(response);
    for (const answer of answers) {
      answer(DONE);
      await settled();
    }
    expect(call.model.of('respond')).toHaveLength(1);
  });

  it('hears a word while a function takes long, and nobody waits for it', async () => {
    const call = await started();
    answeredLater(call);
    call.model.hears('When?');
    const response = call.model.begins();
    call.model.calls(response, 'find_open_times');
    call.model.completes(response);
    await vi.advanceTimersByTimeAsync(1200);
    expect(call.control.lastSaid).toBe('One moment, please.');
    call.agent.pushAudio(Buffer.alloc(160));
    expect(call.model.heardBytes).toBe(160);
  });

  it('is answered after a barge-in into a function, once the caller has said nothing more', async () => {
    const call = await started();
    const answers = answeredLater(call);
    call.model.hears('When?');
    const response = call.model.begins();
    call.model.speaks(response, 'Let me see.');
    call.model.calls(response, 'find_open_times');
    call.interrupt(300);
    call.agent.onSpeechStarted(4000);
    call.model.completes(response, 'cancelled');
    answers[0]?.(DONE);
    await settled();
    call.agent.onSpeechEnded(4300);
    expect(call.model.of('respond')).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.model.of('respond')).toHaveLength(1);
  });

  it('who is told of a booking that does not exist hears the truth', async () => {
    const call = await started(new TalkingCall({}, { judge: () => 'unfounded' }));
    call.model.hears('Book it');
    call.model.answers('You are booked.');
    expect(call.control.lastSaid).toBe('Nothing is booked yet.');
  });

  it('who makes a noise that is no turn hears the reply that waited for it', async () => {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    call.agent.onSpeechStarted(3000);
    call.model.speaks(response, 'Good day.');
    call.model.completes(response);
    call.agent.onSpeechEnded(3150);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.control.utterances).toHaveLength(2);
  });

  it.each(['Mhm.', 'Uh-huh', 'okay', ''])('who says "%s" meanwhile hears the rest', async (sound) => {
    const call = await started();
    const rest = { text: 'and the rest.', audio: Buffer.alloc(1600, 0x2a) };
    call.model.hears('Hello');
    const response = call.model.begins();
    call.model.speaks(response, 'A long answer and the rest.', 4000);
    call.interrupt(1000, [rest]);
    call.agent.onSpeechStarted(5000);
    call.model.completes(response, 'cancelled');
    call.agent.onSpeechEnded(5400);
    call.model.hears(sound);
    expect(call.control.lastSaid).toBe('and the rest.');
  });

  it('who is silent on a line with comfort noise does not keep the call alive', async () => {
    const call = await started();
    const noise = setInterval(() => {
      call.agent.onSpeechStarted(0);
      call.agent.onSpeechEnded(200);
    }, 3000);
    for (let question = 1; question <= 2; question += 1) {
      await vi.advanceTimersByTimeAsync(32_000);
      expect(call.model.of('respond')).toHaveLength(question);
      call.model.answers('Are you still there?');
      await vi.advanceTimersByTimeAsync(1500);
      call.control.playOut();
      await settled();
    }
    await vi.advanceTimersByTimeAsync(32_000);
    expect(call.control.left).toBe('transferred');
    clearInterval(noise);
  });

  it('is not cut off by a model that is out of credit, nor is that model asked again and again', async () => {
    const call = await started();
    call.model.hears('Hello');
    call.model.fails(call.model.begins(), 'insufficient_quota');
    await vi.advanceTimersByTimeAsync(5000);
    expect(call.model.of('respond')).toEqual([]);
    expect(call.control.faults).toEqual(['refused']);
  });
});
