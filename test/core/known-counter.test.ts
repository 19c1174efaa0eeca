import { describe, expect, it } from 'vitest';
import { Metrics } from '../../src/core/metrics.js';

describe('a counter whose labels are known', () => {
  it.each([
    'bayline_calls_started_total{resumed="false"}',
    'bayline_calls_total{outcome="failed",via="phone"}',
    'bayline_calls_total{outcome="booked",via="browser"}',
    'bayline_agent_failures_total{agent="fallback",reason="silent"}',
    'bayline_webhook_rejects_total{reason="signature"}',
    'bayline_bookings_total{result="failed"}',
  ])('begins at 0: %s', async (series) => {
    expect((await new Metrics().text()).split('\n')).toContain(`${series} 0`);
  });

  it('counts from there, each combination for itself', async () => {
    const metrics = new Metrics();
    metrics.callsEnded.inc({ outcome: 'failed', via: 'phone' });
    const text = await metrics.text();
    expect(text).toContain('bayline_calls_total{outcome="failed",via="phone"} 1\n');
    expect(text).toContain('bayline_calls_total{outcome="failed",via="browser"} 0\n');
    expect(text).toContain('bayline_calls_total{outcome="booked",via="phone"} 0\n');
  });
});
