import { findService } from '../../appointments/services.js';
import type { SessionChange } from '../../sessions/live-session.js';
import type { CollectedData, Session } from '../../sessions/session.js';
import { callStateOf, INITIAL_STATE, type MenuState } from './keypad-state.js';

const OWN_KEYS: readonly string[] = [
  'service_type',
  'vehicle_id',
  'appointment_time',
  'appointment_id',
  'callback_requested',
];

/** What the session must become so that it tells where the menu is; `null` when it does already. */
export function sessionChange(state: MenuState, session: Session): SessionChange | null {
  const wanted = {
    current_state: callStateOf(state),
    intent: state.intent,
    collected_data: collectedData(state, session.collected_data),
  };
  const { current_state, intent } = session;
  const same =
    current_state === wanted.current_state &&
    intent === wanted.intent &&
    OWN_KEYS.every((key) => session.collected_data[key] === wanted.collected_data[key]);
  return same ? null : wanted;
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

/** The time that this call may have booked without learning of it: it was cut off when a booking may have been under way. */
export function unconfirmedTime({ current_state, collected_data }: Session): string | null {
  const { appointment_time, appointment_id } = collected_data;
  const isKnown = typeof appointment_id === 'number' || appointment_time === undefined;
  return isKnown || current_state === 'completed' ? null : appointment_time;
}

function collectedData(
  { service, vehicle, time, appointment, callback }: MenuState,
  before: CollectedData,
): CollectedData {
  const foreign = Object.entries(before).filter(([key]) => !OWN_KEYS.includes(key));
  return {
    ...Object.fromEntries(foreign),
    ...(service === null ? {} : { service_type: service }),
    ...(vehicle === null ? {} : { vehicle_id: vehicle.id }),
    ...(time === null ? {} : { appointment_time: time }),
    ...(appointment === null ? {} : { appointment_id: appointment }),
    ...(callback ? { callback_requested: true } : {}),
  };
}
