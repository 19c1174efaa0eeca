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
