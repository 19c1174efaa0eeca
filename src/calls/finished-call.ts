import type { Session, Turn } from '../sessions/session.js';

export type Outcome = 'booked' | 'completed' | 'transferred' | 'hung_up' | 'abandoned' | 'failed';

/** What remains of a call: a row of the call log. */
export interface FinishedCall {
  readonly call_sid: string;
  readonly caller_phone: string;
  readonly customer_id: number | null;
  readonly started_at: string;
  readonly ended_at: string;
  readonly duration_ms: number;
  readonly states: Session['states'];
  readonly outcome: Outcome;
  readonly interruptions: number;
  /** What was heard on both sides. */
  readonly transcript: readonly Turn[];
  /** What the agent was made to say, heard or not. */
  readonly generated: readonly Turn[];
}

/** `why`: how the call ended if nothing better is known from the session. */
export function finishedCall(
  session: Session,
  why: Outcome,
  generated: readonly Turn[],
  now: Date,
): FinishedCall {
  return {
    call_sid: session.call_sid,
    caller_phone: session.caller_phone,
    customer_id: session.customer_id,
    started_at: session.created_at,
    ended_at: now.toISOString(),
    duration_ms: Math.max(0, now.getTime() - Date.parse(session.created_at)),
    states: session.states,
    outcome: outcomeOf(session, why),
    interruptions: session.interruptions,
    transcript: session.conversation_history,
    generated,
  };
}

function outcomeOf(session: Session, why: Outcome): Outcome {
  if (typeof session.collected_data.appointment_id === 'number') return 'booked';
  if (session.current_state === 'transferring') return 'transferred';
  if (session.current_state === 'completed') return 'completed';
  return why;
}
