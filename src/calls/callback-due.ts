import { MESSAGE_FOR_SHOP } from '../agents/realtime/tools/at-the-shop.js';
import type { CallbackDue, CallbackReason } from '../call-log/finished-call.js';
import { normalizePhone } from '../customers/phone-number.js';
import type { CollectedData, Intent, Session } from '../sessions/session.js';
import type { CallEnd } from './call-summary.js';

/** A stream that broke so often has cut its caller off more than once. */
const CUT_OFF_TWICE = 2;

/**
 * That the shop is to ring whoever has called, and why; null for a caller who was served, who wanted nothing, or who shows no number that can
 * be rung. `summary`: of the call.
 */
export function callbackDue(session: Session, end: CallEnd, summary: string): CallbackDue | null {
  const reason = normalizePhone(session.caller_phone) === null ? null : reasonOf(session, end);
  if (reason === null) return null;
  const { collected_data, resumes } = session;
  const urgent = collected_data.urgent === true || resumes >= CUT_OFF_TWICE;
  return { reason, urgent, summary: [summary, ...messages(session)].join(' '), is_dialled: end.isDialled };
}

/** What the caller has left word of, in their own words. */
function messages({ conversation_history }: Session): string[] {
  const left = conversation_history.filter(
    ({ role, content }) => role === 'function' && content.startsWith(MESSAGE_FOR_SHOP),
  );
  return left.map(({ content }) => `Message: ${content.slice(MESSAGE_FOR_SHOP.length)}`);
}

function reasonOf(session: Session, { outcome, isDialled }: CallEnd): CallbackReason | null {
  const { collected_data, current_state, intent } = session;
  if (collected_data.callback_requested === true) return 'requested';
  if (isDialled || current_state === 'transferring') return 'no_person_answered';
  if (isWritten(session) && !hasHeardOfIt(collected_data)) return 'unconfirmed_booking';
  if (session.intervention?.kind === 'end') return null;
  // Who has booked may then have wanted a person, too.
  if (isWritten(session) && intent !== 'talk_to_person') return null;
  if (outcome === 'failed') return 'failed';
  return hasTakenLeave(session) || isAnswered(session) ? null : 'dropped_off';
}

function isWritten({ collected_data }: Session): boolean {
  return typeof collected_data.appointment_id === 'number' || collected_data.appointment_change === 'moved';
}

/** Of what was written last: an appointment that was moved before, and heard of, is not the one that was booked. */
function hasHeardOfIt(data: CollectedData): boolean {
  const { appointment_confirmed, appointment_id, appointment_change, confirmed_id = appointment_id } = data;
  if (appointment_confirmed !== true) return false;
  return appointment_id === undefined || appointment_change !== undefined || confirmed_id === appointment_id;
}

/** The touch-tone menu says goodbye to whoever gives no answer any more; a voice model, to whoever needs nothing more. */
function hasTakenLeave({ current_state, collected_data, agents }: Session): boolean {
  return current_state === 'completed' && collected_data.unanswered !== true && agents.at(-1) !== 'keypad';
}

/** Whether the caller got what was wanted last. What the shop says of itself, and of appointments to whom may hear it, is said at once. */
function isAnswered({ intent, verified, collected_data }: Session): boolean {
  const answered: Readonly<Record<Intent, boolean>> = {
    shop_info: true,
    list_appointments: verified !== null,
    vehicle_status: verified !== null,
    book_appointment: isCancelled(collected_data),
    move_appointment: isCancelled(collected_data),
    cancel_appointment: isCancelled(collected_data),
    talk_to_person: false,
  };
  return intent === null || answered[intent];
}

function isCancelled({ appointment_change: changed }: CollectedData): boolean {
  return changed === 'cancelled';
}
