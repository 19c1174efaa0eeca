import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
