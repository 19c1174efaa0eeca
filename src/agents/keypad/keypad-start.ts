import { findService } from '../../appointments/services.js';
import type { CallState, Session } from '../../sessions/session.js';
import {
  findTimes,
  goTo,
  HELLO,
  lookUp,
  promiseCallback,
  promptOf,
  type Step,
  say,
  toPerson,
} from './keypad-moves.js';
import { CUT_OFF, type MenuContext, type Sentences, welcome } from './keypad-prompts.js';
import { INITIAL_STATE, type MenuState } from './keypad-state.js';

/** The first step of a new call. */
export function begin(context: MenuContext): Step {
  const choices = promptOf(INITIAL_STATE, context);
  return { state: INITIAL_STATE, effects: [say(welcome(context.shop), HELLO, ...choices)] };
}

/** The first step after the stream broke: on where the caller was, as far as the session tells. */
export function resume(session: Session, context: MenuContext): Step {
  const state = rememberedState(session);
  const first = [CUT_OFF];
  if (session.current_state === 'transferring') return toPerson(state, context, first);
  return (
    resumeBooked(state, first) ??
    (state.callback ? promiseCallback(state, first) : null) ??
    resumeAt(session.current_state, state, context, first) ??
    goTo({ ...state, time: null }, { name: 'menu' }, context, { first })
  );
}

/** The time that this call may have booked without learning of it: it was cut off when a booking may have been under way. */
export function unconfirmedTime({ current_state, collected_data }: Session): string | null {
  const { appointment_time, appointment_id } = collected_data;
  const isKnown = typeof appointment_id === 'number' || appointment_time === undefined;
  return isKnown || current_state === 'completed' ? null : appointment_time;
}

/** What a session still tells of the menu's state; the place itself follows from `current_state`. */
export function rememberedState({ intent, collected_data }: Session): MenuState {
  const { service_type, vehicle_id, appointment_time, appointment_id, callback_requested } = collected_data;
  return {
    ...INITIAL_STATE,
    intent,
    service: service_type !== undefined && findService(service_type) ? service_type : null,
    vehicle: vehicle_id === undefined ? null : { id: vehicle_id, name: null },
    time: appointment_time ?? null,
    appointment: typeof appointment_id === 'number' ? appointment_id : null,
    callback: callback_requested === true,
  };
}

// To book again is idempotent and gives the row to confirm it by.
function resumeBooked(state: MenuState, first: Sentences): Step | null {
  const { service, vehicle, time, appointment } = state;
  if (appointment === null || service === null || time === null) return null;
  const vehicleId = vehicle?.id ?? null;
  return lookUp(state, { kind: 'book', serviceType: service, vehicleId, startsAt: time }, first);
}

function resumeAt(
  callState: CallState,
  state: MenuState,
  context: MenuContext,
  first: Sentences,
): Step | null {
  const { service, time } = state;
  if (callState === 'collecting_info' && state.intent === 'list_appointments') {
    return lookUp(state, { kind: 'list' }, first);
  }
  if (callState === 'collecting_info' && service === null) {
    return goTo(state, { name: 'service' }, context, { first });
  }
  if (service === null) return null;
  if (callState === 'collecting_info') return lookUp(state, { kind: 'identify' }, first);
  if (callState !== 'booking' && callState !== 'confirmation') return null;
  if (time !== null) return lookUp(state, { kind: 'hold', serviceType: service, startsAt: time }, first);
  return callState === 'booking' ? findTimes(state, null, first) : null;
}
