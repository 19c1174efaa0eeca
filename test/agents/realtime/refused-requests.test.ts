import { describe, expect, it, onTestFinished } from 'vitest';
import { RealtimeSimulator } from '../../../packages/realtime-simulator/src/realtime-simulator.js';
import type { Rule } from '../../../packages/realtime-simulator/src/script/script.js';
import { RealtimeSession } from '../../../src/agents/realtime/realtime-session.js';
import { SETUP, settingsFor } from '../../support/model-session.js';
import { arrived } from '../../support/simulated-call.js';
import { settled, TalkingCall } from '../../support/talking-call.js';

/** A talking agent with the session of a server that does this. */
async function talking(...rules: Rule[]) {
  const server = new RealtimeSimulator({ script: { rules, otherwise: 'You pressed four.' } });
  const realtime = settingsFor('openai', await server.listen());
  const openSession = () => new RealtimeSession({ realtime, setup: SETUP });
  const call = new TalkingCall({}, { openSession });
  onTestFinished(async () => {
    await call.agent.stop();
    await server.close();
  });
  call.agent.start(false);
  const model = await server.session();
  await model.until('session.updated');
  /** The caller presses a key, and this is the `nth` response of the model that comes to its end. */
  const press = async (nth: number) => {
    call.agent.onDigit('4');
    await model.until('response.done', nth);
  };
  const errors = () =>
    model.events.flatMap(({ type, event }) =>
      type === 'error' ? [(event.error as { code: string }).code] : [],
    );
  return { call, model, press, errors };
}

describe('a request that the server refuses', () => {
  it('for a response of its own to a turn is met after that one', async () => {
    const { call, model, press, errors } = await talking({
      when: { on: 'create' },
      do: [{ send: { type: 'input_audio_buffer.committed', item_id: 'turn' } }, { respond: true }],
      times: 1,
    });
    await press(2);
    expect(errors()).toEqual(['conversation_already_has_active_response']);
    await arrived(() => expect(call.control.utterances).toHaveLength(3));
    expect(model.events.filter(({ type }) => type === 'response.created')).toHaveLength(2);
    expect(call.control.faults).toEqual([]);
  });

  it.each(['invalid_value', 'item_not_found'])(
    'with %s where it is told what was heard does the call no harm',
    async (code) => {
      const { call, press, model, errors } = await talking({
        when: { on: 'truncate' },
        do: [{ error: { code } }],
      });
      call.control.instant = false;
      await press(1);
      await arrived(() => expect(call.control.utterances.at(-1)?.transcript?.isComplete).toBe(true));
      call.interrupt(100);
      await settled();
      await model.until('error');
      call.control.instant = true;
      await press(2);
      await arrived(() => expect(call.control.utterances).toHaveLength(3));
      expect(errors()).toEqual([code]);
      expect(call.control.faults).toEqual([]);
    },
  );
});
