import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RealtimeSimulator } from '../../../packages/realtime-simulator/src/realtime-simulator.js';
import { setupEvent } from '../../../src/agents/realtime/client-events.js';
import { instructionsFor } from '../../../src/agents/realtime/instructions.js';
import { ModelSessions } from '../../../src/agents/realtime/model-sessions.js';
import { NOTHING_DONE } from '../../../src/agents/realtime/spoken-claims.js';
import type { ToolAnswer } from '../../../src/agents/realtime/tools/tool-answer.js';
import { silentLogger } from '../../../src/core/logger.js';
import { Metrics } from '../../../src/core/metrics.js';
import type { CallAtDesk } from '../../../src/desk/caller.js';
import { MemoryCallerDesk } from '../../support/memory-caller-desk.js';
import { KeptListener, SETUP, settingsFor } from '../../support/model-session.js';
import { ScriptedTools, settled, TalkingCall } from '../../support/talking-call.js';
import { SHOP, ToolsCall } from '../../support/tools-call.js';

// What users of telephone agents complain of: for each complaint a test. First the agent alone, then what it needs of its parts.

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
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

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

  it('hears no answer before the last of several functions has given what it is about', async () => {
    const call = await started();
    const answers = answeredLater(call);
    call.model.hears('When, and where are you?');
    const response = call.model.begins();
    call.model.calls(response, 'shop_info');
    answers[0]?.(DONE);
    await settled();
    call.model.calls(response, 'find_open_times');
    call.model.completes(response);
    expect(call.model.of('respond')).toHaveLength(0);
    answers[1]?.(DONE);
    await settled();
    expect(call.model.of('respond')).toHaveLength(1);
  });

  it('who presses a key before a reply has begun never hears that reply beside the next', async () => {
    const call = await started();
    call.model.hears('Hello');
    call.agent.onDigit('4');
    const unwanted = call.model.begins();
    expect(call.model.of('cancel')).toEqual([{ type: 'cancel', responseId: unwanted }]);
    call.model.speaks(unwanted, 'This is not to be heard.');
    await vi.advanceTimersByTimeAsync(700);
    expect(call.model.of('respond')).toHaveLength(0);
    call.model.completes(unwanted, 'cancelled');
    expect(call.model.of('respond')).toHaveLength(1);
    call.model.answers('You pressed four.');
    expect(call.control.utterances.map(({ transcript }) => transcript?.text)).toEqual(
      expect.not.arrayContaining(['This is not to be heard.']),
    );
    expect(call.control.utterances).toHaveLength(2);
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
    expect(call.control.lastSaid).toBe(NOTHING_DONE);
  });

  it('is cut off by our own detector alone, whatever the model takes for speech', async () => {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    call.model.speaks(response, 'A long answer', 4000);
    const sent = call.model.sent.length;
    call.model.tell({ type: 'speech_started', atMs: 100, itemId: 'noise' });
    call.model.tell({ type: 'speech_stopped', atMs: 400, itemId: 'noise' });
    expect(call.model.sent).toHaveLength(sent);
    expect(call.control.utterances.at(-1)).toMatchObject({ over: false });
  });

  it('agrees to nothing that was not heard: words before the reply are no answer to it', async () => {
    let answers = () => Number.NaN;
    const tools = new ScriptedTools();
    const makeTools = (callerTurns: () => number) => {
      answers = callerTurns;
      return tools;
    };
    const call = await started(new TalkingCall({}, { makeTools }));
    call.model.hears('An oil change');
    call.model.completes(call.model.begins());
    const before = answers();
    call.model.hears('Yes please');
    expect(answers()).toBe(before);
    call.model.answers('I have nine. Shall I book it?');
    call.control.playOut();
    await settled();
    call.model.hears('Yes please');
    expect(answers()).toBe(before + 1);
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

  it('talks for two hours, though a session of the model lasts one', async () => {
    const call = await started();
    for (let seconds = 0; seconds < 2 * 3600; seconds += 8) {
      const current = call.sessions.find(({ isClosed }) => !isClosed);
      current?.hears('And then');
      current?.answers('Yes.');
      call.control.playOut();
      await settled();
      call.sessions.at(-1)?.ready();
      await vi.advanceTimersByTimeAsync(8000);
    }
    expect(call.sessions.filter(({ isClosed }) => isClosed)).toHaveLength(2);
    expect(call.control.faults).toEqual([]);
    expect(call.control.left).toBeNull();
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

describe('a line with the talking agent', () => {
  it('connects to its model in the webhook, before the stream of the call is there', async () => {
    const model = new RealtimeSimulator();
    const realtime = settingsFor('openai', await model.listen());
    const parts = { metrics: new Metrics(), logger: silentLogger() };
    const sessions = new ModelSessions({ realtime, setup: () => SETUP, maxCalls: 1, ...parts });
    onTestFinished(async () => {
      sessions.close();
      await model.close();
    });
    sessions.prepare('CA1');
    await (await model.session()).until('session.updated');
    const listener = new KeptListener();
    const session = sessions.open('CA1');
    session.listen(listener);
    await listener.until('ready');
    expect(model.sessions).toHaveLength(1);
    session.close();
  });

  it('leaves it to no server to cut a reply off, and has every turn answered', () => {
    const { session } = setupEvent(settingsFor('openai', 'ws://127.0.0.1:1/'), SETUP, { type: 'audio/pcmu' });
    const { turn_detection } = session.audio.input;
    expect(turn_detection).toMatchObject({ create_response: true, interrupt_response: false });
  });

  it('holds the model to one language, and its transcription too', () => {
    const realtime = settingsFor('openai', 'ws://127.0.0.1:1/', { REALTIME_LANGUAGE: 'es' });
    const { session } = setupEvent(realtime, SETUP, { type: 'audio/pcmu' });
    expect(session.audio.input).toMatchObject({ transcription: { language: 'es' } });
    const instructions = instructionsFor({ shop: SHOP, language: realtime.language, shopText: null });
    expect(instructions).toContain('Speak Spanish, and only Spanish, whatever you hear.');
  });
});

describe('the functions of a call', () => {
  const nine = '2026-03-03T09:00:00-06:00';
  function called(times: readonly string[]) {
    const desks: MemoryCallerDesk[] = [];
    const deskOf = (call: CallAtDesk) => {
      const desk = new MemoryCallerDesk(times, call);
      desks.push(desk);
      return desk;
    };
    const now = new Date('2026-03-02T15:00:00Z');
    return { call: new ToolsCall(deskOf, { phone: '+15125550177', now }), desks };
  }

  it('say in words that there is nothing, so that nothing is made up', async () => {
    const { call } = called([]);
    const { output, result } = await call.run('find_open_times', { service: 'tires' });
    expect(result).toBe('none');
    expect(output).toMatch(/^No open time .* name no time/);
  });

  it('book once, however often and at once they are asked', async () => {
    const { call, desks } = called([nine]);
    await call.run('find_open_times', { service: 'tires' });
    const yes = { slot: 's1', first_name: 'Ada', last_name: 'Byron', confirmed: true };
    const answers = await Promise.all([1, 2, 3].map(() => call.run('book_appointment', yes)));
    expect(answers.map(({ output }) => output.split(/[.:]/)[0])).toEqual([
      'BOOKED',
      'ALREADY BOOKED',
      'ALREADY BOOKED',
    ]);
    expect(answers.flatMap(({ effect = [] }) => effect)).toMatchObject([
      { kind: 'booked', appointment: { id: 1, date: nine } },
    ]);
    expect(desks.flatMap(({ bookings }) => bookings)).toHaveLength(1);
  });
});
