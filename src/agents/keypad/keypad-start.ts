import type { CallState, Intent, Session } from '../../sessions/session.js';
import { bookedSentences } from '../booking-words.js';
import { toldAgain } from './keypad-appointments.js';
import {
  findTimes,
  goTo,
  HELLO,
  leave,
  lookUp,
  promiseCallback,
  promptOf,
  type Step,
  say,
  toPerson,
} from './keypad-moves.js';
import {
  CALLBACK_NOTED,
  CUT_OFF,
  closedWords,
  GOODBYE,
  type MenuContext,
  type Sentences,
  welcome,
} from './keypad-prompts.js';
import { rememberedState } from './keypad-session.js';
import { type GoOn, INITIAL_STATE, type MenuState } from './keypad-state.js';

/** The first step of a new call. */
export function begin(context: MenuContext): Step {
  const choices = promptOf(INITIAL_STATE, context);
  const said = say(welcome(context.shop), HELLO, ...closedWords(context), ...choices);
  return { state: INITIAL_STATE, effects: [said] };
}

/** The first step after the stream broke: on where the caller was, as far as the session tells. */
export function resume(session: Session, context: MenuContext): Step {
  const state = rememberedState(session, (type) => context.shop.services.some((each) => each.type === type));
  const first = [CUT_OFF];
  if (session.current_state === 'transferring') return toPerson(state, context, first);
  return (
    resumeBooked(state, first, context) ??
    promiseAgain(session.current_state, state, context, first) ??
    toldAgain(state, first, context) ??
    resumeAt(session.current_state, state, context, first) ??
    goTo({ ...state, time: null }, { name: 'menu' }, context, { first })
  );
}

/** Null: none was promised, or the caller has gone on with something else. */
function promiseAgain(
  callState: CallState,
  state: MenuState,
  context: MenuContext,
  first: Sentences,
): Step | null {
  const { callback, time, chosen } = state;
  const isElsewhere =
    UNDER_WAY.includes(callState) && (callState !== 'confirmation' || time !== null || chosen !== null);
  if (!callback || isElsewhere) return null;
  if (callState !== 'completed') return promiseCallback(state, context, first);
  return leave({ ...state, time: null }, 'completed', [...first, CALLBACK_NOTED, GOODBYE]);
}

// To book again is idempotent and gives the row to confirm it by.
function resumeBooked(state: MenuState, first: Sentences, context: MenuContext): Step | null {
  const { service, vehicle, time, appointment } = state;
  if (appointment === null || service === null || time === null) return null;
  if (state.intent === 'move_appointment') {
    // Another agent has moved it since: by its new time the call would not find it.
    const row = { id: appointment, service_type: service, date: time };
    const told = bookedSentences(context, row);
    const confirms = { appointment, sentences: first.length + told.length };
    return leave(state, 'completed', [...first, ...told, GOODBYE], confirms);
  }
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
  if (!UNDER_WAY.includes(callState)) return null;
  const goOn = goOnWith(state);
  if (goOn !== undefined) return lookUp(state, { kind: 'list', goOn }, first);
  if (callState === 'collecting_info' && service === null) {
    return goTo(state, { name: 'service', page: 0 }, context, { first });
  }
  if (service === null) return null;
  if (callState === 'collecting_info') return lookUp(state, { kind: 'identify' }, first);
  if (time !== null) return lookUp(state, { kind: 'hold', serviceType: service, startsAt: time }, first);
  return callState === 'booking' ? findTimes(state, null, first) : null;
}

const UNDER_WAY: readonly CallState[] = ['collecting_info', 'booking', 'confirmation'];

const AS_WANTED: Partial<Readonly<Record<Intent, GoOn['as']>>> = {
  list_appointments: 'hear',
  vehicle_status: 'hear',
  move_appointment: 'move',
  cancel_appointment: 'cancel',
};

/** What the caller was at with an appointment; null: with none that is known; undefined: it was about something else. */
function goOnWith({ intent, chosen, time }: MenuState): GoOn | null | undefined {
  const as = intent === null ? undefined : AS_WANTED[intent];
  if (as === undefined) return undefined;
  return chosen && { as, id: chosen.id, time };
}
