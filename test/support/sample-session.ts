import type { Session } from '../../src/sessions/session.js';
import { randomCallSid } from './test-redis.js';

/** A session as it is when a call begins, under a CallSid of its own. */
export function newSession(changes: Partial<Session> = {}): Session {
  return {
    call_sid: randomCallSid(),
    stream_sid: 'MZ00000000000000000000000000000001',
    caller_phone: '+15550001234',
    customer_id: null,
    conversation_history: [],
    current_state: 'greeting',
    collected_data: {},
    intent: null,
    speaking: false,
    created_at: '2026-11-24T15:30:00.000Z',
    last_updated: '2026-11-24T15:30:00.000Z',
    attestation: null,
    states: [{ name: 'greeting', time: '2026-11-24T15:30:00.000Z' }],
    interruptions: 0,
    resumes: 0,
    verified: null,
    vin_tries: 0,
    desk_writes: 0,
    unheard: [],
    delays: { greeting_ms: null, response: null, interruption: null, mark_lag: null, model: null },
    agents: [],
    usage: null,
    ...changes,
  };
}
