import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NOTHING_DONE } from '../../../src/agents/realtime/spoken-claims.js';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a correction of what the model has said', () => {
  it('is said again when the caller has cut it off', async () => {
    const judge = (words: string) => (words === 'It is booked.' ? 'unfounded' : 'nothing');
    const call = new TalkingCall({}, { judge });
    call.agent.start(false);
    await settled();
    call.control.instant = false;
    call.model.hears('Book it');
    call.model.answers('It is booked.');
    expect(call.control.lastSaid).toBe(NOTHING_DONE);
    call.interrupt(400);
    await settled();
    call.agent.onSpeechStarted(4000);
    call.agent.onSpeechEnded(5500);
    call.model.hears('Great');
    call.model.answers('Anything else?');
    await settled();
    expect(call.control.said.filter((text) => text === NOTHING_DONE)).toHaveLength(2);
    call.control.playOut();
    await settled();
    call.model.hears('No');
    call.model.answers('Goodbye.');
    await settled();
    expect(call.control.said.filter((text) => text === NOTHING_DONE)).toHaveLength(2);
  });
});

describe('what the model has claimed', () => {
  it('and the caller has cut off before the response was over, is put right with what is said next', async () => {
    const judge = (words: string) => (words === 'It is booked.' ? 'unfounded' : 'nothing');
    const call = new TalkingCall({}, { judge });
    call.agent.start(false);
    await settled();
    call.control.instant = false;
    call.model.hears('Book it');
    const response = call.model.begins();
    call.model.speaks(response, 'It is booked. Anything else?', 4000);
    call.interrupt(1500, [], 'It is booked.');
    call.agent.onSpeechStarted(4000);
    call.model.completes(response, 'cancelled');
    await settled();
    expect(call.control.said).not.toContain(NOTHING_DONE);
    call.agent.onSpeechEnded(5500);
    call.model.hears('Great');
    call.model.answers('Goodbye then.');
    expect(call.control.lastSaid).toBe(NOTHING_DONE);
  });
});

const BOOKED = {
  kind: 'booked' as const,
  appointment: { id: 1, service_type: 'oil_change', date: '2026-11-30T09:00:00-06:00' },
  sentence: 'Your oil change is booked for Monday.',
};

/** The model has booked and is about to say so; the caller speaks before its first sound. */
async function heldReply(options: ConstructorParameters<typeof TalkingCall>[1] = {}) {
  const call = new TalkingCall({}, options);
  call.agent.start(false);
  await settled();
  call.control.instant = false;
  call.tools.answer = () => ({ output: 'Booked.', result: 'done', effect: BOOKED });
  call.model.hears('Yes please');
  const response = call.model.begins();
  call.model.calls(response, 'book_appointment');
  call.model.completes(response);
  await settled();
  call.agent.onSpeechStarted(4000);
  return call;
}

describe('what the model says of a booking while the caller speaks', () => {
  it('and what is dropped for what they say, is said by us with what comes next', async () => {
    const call = await heldReply();
    call.model.answers('You are booked for Monday.');
    await settled();
    expect(call.control.said).toEqual(['Welcome.']);
    call.agent.onSpeechEnded(4800);
    call.model.hears('Great, thank you');
    call.model.answers("You're welcome.");
    expect(call.control.lastSaid).toBe(BOOKED.sentence);
    expect(call.confirmed).toEqual([]);
    call.control.playOut();
    await settled();
    expect(call.confirmed).toEqual([1]);
  });

  it('is confirmed when they only made a sound and then heard it', async () => {
    const call = await heldReply();
    call.model.answers('You are booked for Monday.');
    call.agent.onSpeechEnded(4300);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.confirmed).toEqual([]);
    call.control.playOut();
    await settled();
    expect(call.confirmed).toEqual([1]);
    expect(call.control.utterances).toHaveLength(2);
  });

  it.each([
    ['wrong', BOOKED.sentence],
    ['unfounded', NOTHING_DONE],
  ] as const)('and is %s, is put right behind it and not into their words', async (verdict, sentence) => {
    const call = await heldReply({ judge: () => verdict });
    call.model.answers('You are booked for Sunday.');
    await settled();
    expect(call.control.said).toEqual(['Welcome.']);
    call.agent.onSpeechEnded(4300);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.control.utterances[1]?.transcript?.text).toBe('You are booked for Sunday.');
    expect(call.control.said[2]).toBe(sentence);
  });

  it('and is unfounded, needs no correction when nobody has heard it', async () => {
    const call = await heldReply({ judge: (words) => (/Sunday/.test(words) ? 'unfounded' : 'right') });
    call.model.answers('You are booked for Sunday.');
    call.agent.onSpeechEnded(4800);
    call.model.hears('Great, thank you');
    call.model.answers('You are booked for Monday.');
    call.control.playOut();
    await settled();
    expect(call.control.said).not.toContain(NOTHING_DONE);
    expect(call.confirmed).toEqual([1]);
  });
});

describe('our own sentence about a booking', () => {
  it('follows again, when the model has said another day of what the caller knew and the caller cut us off', async () => {
    const effect = {
      kind: 'booked' as const,
      appointment: { id: 1, service_type: 'oil_change', date: '2026-11-30T09:00:00-06:00' },
      sentence: 'Your oil change is booked for Monday.',
    };
    const judge = (words: string) => (words.includes('Sunday') ? 'wrong' : 'nothing');
    const call = new TalkingCall({}, { judge, booked: { effect, isConfirmed: true } });
    call.agent.start(true);
    await settled();
    call.control.instant = false;
    call.model.answers('You are booked for Sunday.');
    expect(call.control.lastSaid).toBe(effect.sentence);
    call.interrupt(400);
    await settled();
    call.model.hears('Great');
    call.model.answers('Anything else?');
    await settled();
    expect(call.control.said.filter((text) => text === effect.sentence)).toHaveLength(2);
  });
});

describe('a booking of which the model has told', () => {
  const effect = {
    kind: 'booked' as const,
    appointment: { id: 1, service_type: 'oil_change', date: '2026-11-30T09:00:00-06:00' },
    sentence: 'Your oil change is booked for Monday.',
  };
  const pieces = ['You are booked for Monday.', 'At nine.'].map((text) => ({
    text,
    audio: Buffer.alloc(1600, 0x2a),
  }));

  /** "Okay" has cut that off, and what was not heard is said again. */
  async function resumed(): Promise<TalkingCall> {
    const call = new TalkingCall({}, { booked: { effect, isConfirmed: false } });
    call.agent.start(true);
    await settled();
    call.control.instant = false;
    call.model.answers('You are booked for Monday. At nine.', 3000);
    for (const utterance of call.control.utterances) utterance.pieces.splice(0, Infinity, ...pieces);
    call.interrupt(400, pieces);
    await settled();
    call.agent.onSpeechStarted(4000);
    call.agent.onSpeechEnded(4300);
    call.model.hears('Okay');
    expect(call.control.lastSaid).toBe('You are booked for Monday. At nine.');
    call.model.completes(call.model.begins(), 'cancelled');
    return call;
  }

  it('is confirmed when what an "okay" cut off was heard after all', async () => {
    const call = await resumed();
    expect(call.confirmed).toEqual([]);
    call.control.playOut();
    await settled();
    expect(call.confirmed).toEqual([1]);
    call.model.hears('Thanks');
    call.model.answers('You are welcome.');
    expect(call.control.said).not.toContain(effect.sentence);
  });

  it('is told again by us when that was cut off once more', async () => {
    const call = await resumed();
    call.interrupt(300, pieces);
    await settled();
    call.agent.onSpeechStarted(6000);
    call.agent.onSpeechEnded(7500);
    call.model.hears('Can I have it in the afternoon?');
    call.model.answers('Let me think.');
    expect(call.confirmed).toEqual([]);
    expect(call.control.lastSaid).toBe(effect.sentence);
  });
});
