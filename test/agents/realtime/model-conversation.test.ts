import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONNECTING } from '../../../src/agents/keypad/keypad-prompts.js';
import { ScriptedCallControl } from '../../support/scripted-call-control.js';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function started(): Promise<TalkingCall> {
  const call = new TalkingCall();
  call.agent.start(false);
  await settled();
  call.control.instant = false;
  return call;
}

describe('a server that does not tell what it has to', () => {
  it('is asked for an answer 3 s after a turn that it does not answer by itself', async () => {
    const call = await started();
    call.model.hears('Hello');
    await vi.advanceTimersByTimeAsync(2999);
    expect(call.model.of('respond')).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(call.model.of('respond')).toEqual([{ type: 'respond' }]);
  });

  it('is asked again 3 s after a request that it neither meets nor refuses', async () => {
    const call = await started();
    call.agent.onDigit('4');
    await vi.advanceTimersByTimeAsync(700 + 2999);
    expect(call.model.of('respond')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(call.model.of('respond')).toHaveLength(2);
    call.model.answers('You pressed four.');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(call.model.of('respond')).toHaveLength(2);
  });

  it('is asked for the next answer 3 s after it was to cut one off and did not say that it has', async () => {
    const call = await started();
    call.model.hears('Hello');
    call.model.speaks(call.model.begins(), 'A long answer', 4000);
    call.interrupt(500);
    call.agent.onSpeechStarted(4000);
    call.agent.onSpeechEnded(6000);
    call.model.hears('No, Monday');
    await vi.advanceTimersByTimeAsync(2999);
    expect(call.model.of('respond')).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(call.model.of('respond')).toEqual([{ type: 'respond' }]);
    call.model.answers('On Monday then.');
    expect(call.control.utterances.at(-1)?.transcript?.text).toBe('On Monday then.');
  });
});

describe('a server that refuses to be told', () => {
  it.each([
    [420, 'truncate', 'invalid_value'],
    [0, 'delete_item', 'item_not_found'],
  ] as const)('that %i ms of a reply were heard does the call no harm', async (heardMs, type, code) => {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    call.model.speaks(response, 'A long answer', 4000);
    call.model.completes(response);
    call.interrupt(heardMs);
    await settled();
    expect(call.model.sent.at(-1)?.type).toBe(type);
    call.model.tell({ type: 'error', code, requestId: `request-${call.model.sent.length}` });
    call.model.hears('Monday');
    call.model.answers('On Monday then.');
    expect(call.control.utterances.at(-1)?.transcript?.text).toBe('On Monday then.');
    expect(call.model.of('respond')).toEqual([]);
    expect(call.control.faults).toEqual([]);
  });
});

describe('a response that comes to nothing', () => {
  it('because the server has cut it off by itself is no fault: another follows', async () => {
    const call = await started();
    for (let n = 0; n < 3; n += 1) {
      call.model.hears('Hello');
      call.model.completes(call.model.begins(), 'cancelled');
    }
    expect(call.model.of('respond')).toEqual([]);
    expect(call.control.faults).toEqual([]);
    call.model.hears('Hello?');
    call.model.answers('Good day.');
    expect(call.control.utterances.at(-1)?.transcript?.text).toBe('Good day.');
  });

  it.each(['content_filter', 'max_output_tokens'])(
    'because of %s is asked for once more, and then the model has failed',
    async (reason) => {
      const call = await started();
      const endsWithout = () => {
        const responseId = call.model.begins();
        call.model.tell({ type: 'response_done', responseId, status: 'incomplete', reason, usage: null });
      };
      call.model.hears('Hello');
      endsWithout();
      expect(call.model.of('respond')).toEqual([{ type: 'respond' }]);
      expect(call.control.faults).toEqual([]);
      endsWithout();
      expect(call.control.faults).toEqual(['lost']);
    },
  );

  it('but for a few words is heard as it is', async () => {
    const call = await started();
    call.model.hears('Hello');
    const response = call.model.begins();
    call.model.speaks(response, 'Well, the thing is');
    call.model.completes(response, 'incomplete');
    expect(call.control.utterances.at(-1)).toMatchObject({ ended: true, over: false });
    expect(call.model.of('respond')).toEqual([]);
    expect(call.control.faults).toEqual([]);
  });

  it('because the caller cut it off brings the person that it has asked for all the same, and says so', async () => {
    const call = await started();
    call.tools.answer = () => ({ output: 'Yes.', result: 'done', effect: { kind: 'transfer' } });
    call.model.hears('A person please');
    const response = call.model.begins();
    call.model.speaks(response, 'Gladly, I will put you through to somebody.');
    call.model.calls(response, 'transfer_to_person');
    call.interrupt(400);
    call.agent.onSpeechStarted(4000);
    call.model.completes(response, 'cancelled');
    await settled();
    expect(call.control.left).toBeNull();
    call.agent.onSpeechEnded(4800);
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.control.lastSaid).toBe(CONNECTING);
    expect(call.control.left).toBe('transferred');
  });
});

describe('a call that ends', () => {
  it('while the caller is told of a break leaves no timer behind', async () => {
    new ScriptedCallControl().session.change({ speaking: true });
    const ofASession = vi.getTimerCount();
    vi.clearAllTimers();
    const call = new TalkingCall();
    call.control.instant = false;
    call.agent.start(true);
    call.control.interrupt();
    await call.agent.stop();
    await settled();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(call.model.of('respond')).toEqual([]);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(ofASession);
  });
});
