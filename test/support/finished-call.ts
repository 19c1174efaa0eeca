import type { FinishedCall } from '../../src/call-log/finished-call.js';

/** A call of half a minute that booked something. */
export function finishedCall(call_sid: string, changes: Partial<FinishedCall> = {}): FinishedCall {
  return {
    call_sid,
    caller_phone: '+15125550123',
    customer_id: null,
    started_at: '2026-03-02T15:00:00.000Z',
    ended_at: '2026-03-02T15:00:30.000Z',
    duration_ms: 30_000,
    states: [
      { name: 'greeting', time: '2026-03-02T15:00:00.000Z' },
      { name: 'completed', time: '2026-03-02T15:00:29.000Z' },
    ],
    outcome: 'booked',
    interruptions: 1,
    transcript: [
      {
        role: 'assistant',
        content: 'Bayline Auto',
        timestamp: '2026-03-02T15:00:00.000Z',
        interrupted: true,
      },
      { role: 'user', content: '1', timestamp: '2026-03-02T15:00:02.000Z' },
    ],
    full_transcript: null,
    latency: null,
    agent: null,
    usage: null,
    ...changes,
  };
}
