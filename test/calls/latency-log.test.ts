import { describe, expect, it } from 'vitest';
import { LatencyLog } from '../../src/calls/latency-log.js';
import { Metrics } from '../../src/core/metrics.js';

describe('the latencies of a call', () => {
  it('are nothing when nothing of the kind happened', () => {
    expect(new LatencyLog(new Metrics()).summary).toEqual({
      greeting_ms: null,
      response_ms: null,
      interruption_ms: null,
      mark_lag_ms: null,
    });
  });

  it('are summed up in whole milliseconds: how many, the median, the worst', () => {
    const log = new LatencyLog(new Metrics());
    log.greeting(3.4);
    log.greeting(99);
    for (const ms of [10, 30, 20.6]) log.response('key', ms);
    log.response('speech', 400);
    log.interruption('speech', 120.2);
    for (const ms of [0, 5, 1]) log.markLag(ms);
    expect(log.summary).toEqual({
      greeting_ms: 3,
      response_ms: { count: 4, median: 25, max: 400 },
      interruption_ms: { count: 1, median: 120, max: 120 },
      mark_lag_ms: { count: 3, median: 1, max: 5 },
    });
  });

  it('of a call of hours keep the worst and the median of the latest', () => {
    const log = new LatencyLog(new Metrics());
    log.response('key', 9000);
    for (let n = 0; n < 5000; n++) log.response('key', n < 4500 ? 10 : 20);
    expect(log.summary.response_ms).toEqual({ count: 5001, median: 20, max: 9000 });
  });

  it('are histograms in seconds, by what was answered and what interrupted', async () => {
    const metrics = new Metrics();
    const log = new LatencyLog(metrics);
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
