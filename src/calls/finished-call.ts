import type { CallOutcome, FinishedCall } from '../call-log/finished-call.js';
import type { Session, Turn } from '../sessions/session.js';
import { latencyOf } from './latency-log.js';

/** What remains of a call. `why`: how it ended if nothing better is known from the session. */
export function finishedCall(session: Session, why: CallOutcome, now: Date): FinishedCall {
  const full = fullTranscript(session);
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
    full_transcript: full.length > 0 ? full : null,
    latency: latencyOf(session.delays),
    agent: session.agents.join('>') || null,
    usage: session.usage,
  };
}

/** Every turn with its full text, heard or not. */
function fullTranscript({ conversation_history, unheard }: Session): readonly Turn[] {
  const turns = [...conversation_history];
  // From the last: what is put in moves what comes after.
  for (const { at, partly_heard, content, timestamp } of unheard.toReversed()) {
    // Others may have changed the history: its own turn is found by when it began, and nobody else's is replaced.
    const isOwn = (turn: Turn | undefined) => turn?.role === 'assistant' && turn.timestamp === timestamp;
    const own = isOwn(turns[at]) ? at : turns.findIndex(isOwn);
    const [place, replaced] = partly_heard && own >= 0 ? [own, 1] : [at, 0];
    turns.splice(place, replaced, { role: 'assistant', content, timestamp });
  }
  return turns;
}

/** What remains of a call that was given no stream and is to be rung back; `words`: what it was told. */
export function callBackOf(
  { callSid, from }: { readonly callSid: string; readonly from: string },
  words: string,
  now: Date,
): FinishedCall {
  const time = now.toISOString();
  return {
    call_sid: callSid,
    caller_phone: from,
    customer_id: null,
    started_at: time,
    ended_at: time,
    duration_ms: 0,
    states: [{ name: 'greeting', time }],
    outcome: 'callback_requested',
    interruptions: 0,
    transcript: [{ role: 'assistant', content: words, timestamp: time }],
    full_transcript: null,
    latency: null,
    agent: null,
    usage: null,
  };
}

function outcomeOf(session: Session, why: CallOutcome): CallOutcome {
  if (typeof session.collected_data.appointment_id === 'number') return 'booked';
  if (session.collected_data.callback_requested === true) return 'callback_requested';
  if (session.current_state === 'transferring') return 'transferred';
  if (session.current_state === 'completed') return 'completed';
  const spoke = session.conversation_history.some((turn) => turn.role === 'user');
  return why === 'hung_up' && !spoke ? 'abandoned' : why;
}
