import type { EndedCall, FinishedCall } from '../../src/call-log/finished-call.js';

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
    intent: 'book_appointment',
    summary: 'Wanted an appointment (oil change); booked it and heard so, and heard the goodbye.',
    path: 'greeting>completed',
    after_hours: false,
    test: false,
    dial_status: null,
    ...changes,
  };
}

/** Of a caller who was served. */
export const NOTHING_DUE = { confirmed_appointment: null, callback: null } as const;

/** The same as it is handed to the log: of a caller who was served. */
export function endedCall(call_sid: string, changes: Partial<EndedCall> = {}): EndedCall {
  return { ...finishedCall(call_sid), ...NOTHING_DUE, ...changes };
}
