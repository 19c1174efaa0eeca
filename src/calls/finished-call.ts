import { type CallOutcome, type EndedCall, pathOf } from '../call-log/finished-call.js';
import type { Session, Turn } from '../sessions/session.js';
import { callSummary } from './call-summary.js';
import { callbackDue } from './callback-due.js';
import { latencyOf } from './latency-log.js';

/** What is known of a call's end beside its session. */
export interface EndOfCall {
  readonly now: Date;
  /** A person is being dialled for it. */
  readonly isDialled?: boolean;
  /** Whether the shop is open at an instant. */
  readonly isOpenAt: (date: Date) => boolean;
}

/** What remains of a call. `why`: how it ended if nothing better is known from the session. */
export function finishedCall(
  session: Session,
  why: CallOutcome,
  { now, isDialled = false, isOpenAt }: EndOfCall,
): EndedCall {
  const full = fullTranscript(session);
  const outcome = outcomeOf(session, why);
  const summary = callSummary(session, { outcome, isDialled });
  const { appointment_confirmed, confirmed_id, appointment_id } = session.collected_data;
  const heardOf = confirmed_id ?? appointment_id;
  return {
    call_sid: session.call_sid,
    caller_phone: session.caller_phone,
    customer_id: session.customer_id,
    started_at: session.created_at,
    ended_at: now.toISOString(),
    duration_ms: Math.max(0, now.getTime() - Date.parse(session.created_at)),
    states: session.states,
    outcome,
    interruptions: session.interruptions,
    transcript: session.conversation_history,
    full_transcript: full.length > 0 ? full : null,
    latency: latencyOf(session.delays),
    agent: session.agents.join('>') || null,
    usage: session.usage,
    intent: session.intent,
    summary,
    path: pathOf(session.states),
    after_hours: !isOpenAt(new Date(session.created_at)),
    test: session.test === true,
    dial_status: null,
    confirmed_appointment: appointment_confirmed === true && typeof heardOf === 'number' ? heardOf : null,
    callback: session.test ? null : callbackDue(session, { outcome, isDialled }, summary),
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

/** What of it stands in a recording: what follows from its stream, and no more. */
export function rowInRecording(call: EndedCall): Pick<EndedCall, 'call_sid'> {
  const { intent, summary, path, after_hours, test, dial_status, confirmed_appointment, callback, ...row } =
    call;
  return row;
}

function outcomeOf(session: Session, why: CallOutcome): CallOutcome {
  if (typeof session.collected_data.appointment_id === 'number') return 'booked';
  if (session.collected_data.callback_requested === true) return 'callback_requested';
  if (session.current_state === 'transferring') return 'transferred';
  if (session.current_state === 'completed') return 'completed';
  const spoke = session.conversation_history.some((turn) => turn.role === 'user');
  return why === 'hung_up' && !spoke ? 'abandoned' : why;
}
