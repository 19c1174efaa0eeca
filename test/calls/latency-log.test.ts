import { describe, expect, it } from 'vitest';
import { LatencyLog, latencyOf } from '../../src/calls/latency-log.js';
import { Metrics } from '../../src/core/metrics.js';
import type { SessionChange } from '../../src/sessions/live-session.js';
import type { Session } from '../../src/sessions/session.js';
import { restoreSession } from '../../src/sessions/stored-session.js';
import { newSession } from '../support/sample-session.js';

class HeldSession {
  data: Session = newSession();
  change(change: SessionChange): void {
    this.data = { ...this.data, ...change };
  }
}

function started(metrics = new Metrics()) {
  const session = new HeldSession();
  return { session, log: new LatencyLog(metrics, session) };
}

describe('the latencies of a call', () => {
  it('are nothing when nothing of the kind happened', () => {
    expect(latencyOf(newSession().delays)).toEqual({
      greeting_ms: null,
      response_ms: null,
      interruption_ms: null,
      mark_lag_ms: null,
      model_ms: null,
    });
  });

  it('are summed up in whole milliseconds: how many, the median, the worst', () => {
    const { log, session } = started();
    log.greeting(3.4);
    log.greeting(99);
    for (const ms of [10, 30, 20.4]) log.response('key', ms);
    log.response('speech', 400);
    log.interruption('speech', 120.2);
    for (const ms of [0, 5, 1]) log.markLag(ms);
    expect(latencyOf(session.data.delays)).toEqual({
      greeting_ms: 3,
      response_ms: { count: 4, median: 25, max: 400 },
      interruption_ms: { count: 1, median: 120, max: 120 },
      mark_lag_ms: { count: 3, median: 1, max: 5 },
      model_ms: null,
    });
  });

  it('of a call of hours keep the worst and the median of the latest', () => {
    const { log, session } = started();
    log.response('key', 9000);
    for (let n = 0; n < 5000; n++) log.response('key', n < 4500 ? 10 : 20);
    expect(session.data.delays.response?.latest).toHaveLength(100);
    expect(latencyOf(session.data.delays).response_ms).toEqual({ count: 5001, median: 20, max: 9000 });
  });

  it('go on where another gateway left off, from what is stored', () => {
    const { log, session } = started();
    log.greeting(7);
    for (const ms of [10, 30]) log.response('key', ms);
    const stored: unknown = JSON.parse(JSON.stringify(session.data));
    const other = new HeldSession();
    other.data = restoreSession(session.data.call_sid, { ...Object(stored) });
    const next = new LatencyLog(new Metrics(), other);
    next.greeting(900);
    next.response('speech', 50);
    expect(latencyOf(other.data.delays)).toMatchObject({
      greeting_ms: 7,
      response_ms: { count: 3, median: 30, max: 50 },
    });
  });

  it('are histograms in seconds, by what was answered and what interrupted', async () => {
    const metrics = new Metrics();
    const { log } = started(metrics);
    log.greeting(4);
    log.response('key', 15);
    log.response('speech', 700);
    log.interruption('key', 22);
    log.markLag(31);
    const text = await metrics.registry.metrics();
    expect(text).toContain('bayline_greeting_delay_seconds_sum 0.004');
    expect(text).toContain('bayline_response_seconds_sum{to="key"} 0.015');
    expect(text).toContain('bayline_response_seconds_sum{to="speech"} 0.7');
    expect(text).toContain('bayline_interruption_seconds_sum{by="key"} 0.022');
    expect(text).toContain('bayline_mark_lag_seconds_count 1');
  });
});
