import type { SessionChange } from '../../sessions/live-session.js';
import type { CallState, CollectedData, Session } from '../../sessions/session.js';
import { type Booked, INITIAL_STATE, type Lookup, type MenuPlace, type MenuState } from './keypad-state.js';

const OWN_KEYS: readonly string[] = [
  'service_type',
  'vehicle_id',
  'appointment_time',
  'appointment_id',
  'chosen_appointment_id',
  'appointment_change',
  'callback_requested',
  'urgent',
  'unanswered',
];

type Choice = Pick<MenuState, 'service' | 'vehicle' | 'time'>;

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

function collectedData(state: MenuState, before: CollectedData): CollectedData {
  const { booked, chosen, changed, callback, urgent, unanswered } = state;
  const foreign = Object.entries(before).filter(([key]) => !OWN_KEYS.includes(key));
  return {
    ...Object.fromEntries(foreign),
    ...(booked ?? choiceOf(state)),
    ...(chosen === null ? {} : { chosen_appointment_id: chosen.id }),
    ...(changed === null ? {} : { appointment_change: changed }),
    ...(callback ? { callback_requested: true } : {}),
    ...(urgent ? { urgent: true } : {}),
    ...(unanswered ? { unanswered: true } : {}),
  };
}

/** What is chosen, or was booked, as it stands in the session. */
function choiceOf({ service, vehicle, time }: Choice): Omit<Booked, 'appointment_id'> {
  return {
    ...(service === null ? {} : { service_type: service }),
    ...(vehicle === null ? {} : { vehicle_id: vehicle.id }),
    ...(time === null ? {} : { appointment_time: time }),
  };
}

/** What is to stand in the session of a choice that was booked. */
export function bookedAs(choice: Choice, appointmentId: number): Booked {
  return { ...choiceOf(choice), appointment_id: appointmentId };
}

/** What a session still tells of the menu's state; the place itself follows from `current_state`. `isService`: the shop has one of this type. */
export function rememberedState(
  { intent, collected_data }: Session,
  isService: (type: string) => boolean,
): MenuState {
  const { service_type, vehicle_id, appointment_time, callback_requested, urgent } = collected_data;
  const { appointment_id, chosen_appointment_id: chosen, appointment_change: changed } = collected_data;
  const vehicle = vehicle_id === undefined ? null : { id: vehicle_id, name: null };
  const time = appointment_time ?? null;
  const choice = { service: service_type ?? null, vehicle, time };
  return {
    ...INITIAL_STATE,
    intent,
    service: service_type !== undefined && isService(service_type) ? service_type : null,
    vehicle,
    time,
    booked: typeof appointment_id === 'number' ? bookedAs(choice, appointment_id) : null,
    chosen: typeof chosen === 'number' ? { id: chosen, date: null } : null,
    changed: changed === 'moved' || changed === 'cancelled' ? changed : null,
    callback: callback_requested === true,
    urgent: urgent === true,
  };
}

const STATE_OF_LOOKUP: Readonly<Record<Lookup['kind'], CallState>> = {
  identify: 'collecting_info',
  list: 'greeting',
  verify: 'collecting_info',
  find: 'booking',
  hold: 'booking',
  book: 'confirmation',
  move: 'confirmation',
  cancel: 'confirmation',
};

const STATE_OF_PLACE: Readonly<Record<Exclude<MenuPlace['name'], 'unreachable' | 'over'>, CallState>> = {
  menu: 'greeting',
  vin: 'collecting_info',
  service: 'collecting_info',
  vehicle: 'collecting_info',
  times: 'booking',
  no_times: 'booking',
  confirm: 'confirmation',
  appointments: 'collecting_info',
  cancel: 'confirmation',
  callback: 'confirmation',
};

/** The call's state as the session shows it. */
export function callStateOf({ place, waiting }: MenuState): CallState {
  if (waiting) return stateOfLookup(waiting.lookup);
  if (place.name === 'over') return place.as;
  return place.name === 'unreachable' ? stateOfLookup(place.retry) : STATE_OF_PLACE[place.name];
}

// A list that is read again to go on with something is at that; the first one is asked for in the greeting.
function stateOfLookup(lookup: Lookup): CallState {
  if (lookup.kind !== 'list' || lookup.goOn === null) return STATE_OF_LOOKUP[lookup.kind];
  if (lookup.goOn.as === 'hear') return 'collecting_info';
  return lookup.goOn.as === 'cancel' || lookup.goOn.time !== null ? 'confirmation' : 'booking';
}

/** What is keyed now proves who calls; a caller who knows the menu keys it before being asked. */
export function keysAreSecret({ place, waiting }: MenuState): boolean {
  return place.name === 'vin' || waiting?.lookup.kind === 'list' || waiting?.lookup.kind === 'verify';
}
