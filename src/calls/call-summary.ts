import type { CallOutcome } from '../call-log/finished-call.js';
import type { CallState, Intent, Intervention, Session } from '../sessions/session.js';

/** How a call ended, beside what its session tells. */
export interface CallEnd {
  readonly outcome: CallOutcome;
  /** A person is being dialled for it. */
  readonly isDialled: boolean;
}

const WANTED: Readonly<Record<Exclude<Intent, 'book_appointment'>, string>> = {
  list_appointments: 'Wanted to hear their appointments',
  move_appointment: 'Wanted to move an appointment',
  cancel_appointment: 'Wanted to cancel an appointment',
  shop_info: 'Asked about the shop',
  vehicle_status: 'Asked whether their car is ready',
  talk_to_person: 'Wanted to talk to a person',
};

const WHERE: Readonly<Record<CallState, string>> = {
  greeting: 'at the greeting',
  collecting_info: 'while it was asked what is needed',
  booking: 'while a time was chosen',
  confirmation: 'before it was confirmed',
  transferring: 'before a person was dialled',
  completed: 'at the goodbye',
};

/** A call in one line: what was wanted and what came of it. Without names and numbers, and without words of the caller. */
export function callSummary(session: Session, end: CallEnd): string {
  const urgent = session.collected_data.urgent === true ? ' The car does not drive.' : '';
  const came = [...done(session), how(session, end)].join(', ');
  return `${wanted(session)}${came.startsWith('and ') ? ',' : ';'} ${came}.${urgent}`;
}

function wanted({ intent, collected_data }: Session): string {
  if (intent === null) return 'Said nothing of what was wanted';
  if (intent !== 'book_appointment') return WANTED[intent];
  const service = serviceWords(collected_data.service_type);
  return service ? `Wanted an appointment (${service})` : 'Wanted an appointment';
}

// A service's type is a name for programs: letters and underscores, no digits.
function serviceWords(type: string | undefined): string | null {
  return type !== undefined && /^[a-z_]{1,40}$/.test(type) ? type.replaceAll('_', ' ') : null;
}

/** What was written in the book, and whether the caller heard of it. */
function done({ collected_data }: Session): string[] {
  const { appointment_id, appointment_change: changed, appointment_confirmed } = collected_data;
  const heard = appointment_confirmed === true ? 'and heard so' : 'but did not hear it confirmed';
  if (changed === 'moved') return [`moved it ${heard}`];
  if (typeof appointment_id === 'number') return [`booked it ${heard}`];
  return changed === 'cancelled' ? ['cancelled it'] : [];
}

const INTERVENED: Readonly<Record<Intervention['kind'], string>> = {
  transfer: 'and staff took the call over',
  end: 'and staff ended the call',
  time_limit: 'and its time was over',
};

function how(session: Session, end: CallEnd): string {
  const { collected_data, current_state, conversation_history, intervention } = session;
  const { outcome, isDialled } = end;
  if (intervention) return INTERVENED[intervention.kind];
  if (isDialled) return 'a person was rung';
  if (collected_data.callback_requested === true) return 'was promised a call back';
  if (current_state === 'transferring') return 'and nobody could be dialled';
  if (outcome === 'failed') return 'and the connection broke too often';
  if (collected_data.unanswered === true) return 'and gave no more answer';
  if (current_state === 'completed') return 'and heard the goodbye';
  const hasSpoken = conversation_history.some(({ role }) => role === 'user');
  if (outcome === 'abandoned' && hasSpoken) return `and was cut off ${WHERE[current_state]}`;
  return hasSpoken ? `and hung up ${WHERE[current_state]}` : 'and hung up without a word';
}
