import { describe, expect, it } from 'vitest';
import { AgentReports } from '../../src/calls/agent-reports.js';
import { Metrics } from '../../src/core/metrics.js';
import { ScriptedCallControl } from '../support/scripted-call-control.js';

const usage = { audio_in: 10, text_in: 200, cached_in: 100, audio_out: 40, text_out: 5 };

function reports() {
  const metrics = new Metrics();
  const { session } = new ScriptedCallControl();
  return { metrics, session, reports: new AgentReports(metrics, session) };
}

describe('what agents tell of their work', () => {
  it('is which of them had the call, those of one name in a row as one', () => {
    const { session, reports: all } = reports();
    for (const name of ['realtime', 'realtime', 'keypad', 'realtime']) all.begins(name);
    expect(session.data.agents).toEqual(['realtime', 'keypad', 'realtime']);
  });

  it('is the tokens of all responses together, in the session and in the metrics', async () => {
    const { session, metrics, reports: all } = reports();
    all.add({ usage });
    all.add({ usage });
    const twice = { audio_in: 20, text_in: 400, cached_in: 200, audio_out: 80, text_out: 10 };
    expect(session.data.usage).toEqual(twice);
    const { values } = await metrics.modelTokens.get();
    expect(Object.fromEntries(values.map(({ labels, value }) => [labels.kind, value]))).toEqual(twice);
  });

  it('is how long the model took to its first audio', async () => {
    const { session, metrics, reports: all } = reports();
    all.add({ modelMs: 640.4 });
    expect(session.data.delays.model).toEqual({ count: 1, max: 640, latest: [640] });
    expect(await metrics.text()).toContain('bayline_model_first_audio_seconds_count 1');
  });

  it('is left out where no model can have counted or taken it', () => {
    const { session, reports: all } = reports();
    all.add({ usage: { ...usage, audio_in: Number.NaN } });
    all.add({ usage: { ...usage, text_out: -1 } });
    all.add({ modelMs: -5 });
    all.add({ modelMs: Number.POSITIVE_INFINITY });
    expect(session.data).toMatchObject({ usage: null, delays: { model: null } });
  });
});
