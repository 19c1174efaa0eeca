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
