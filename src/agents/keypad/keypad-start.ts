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

/** The first step behind another agent: on where the caller was, as far as the session tells. `isBreak`: the stream broke in between. */
export function resume(session: Session, context: MenuContext, isBreak: boolean): Step {
  const state = rememberedState(session, (type) => context.shop.services.some((each) => each.type === type));
  const { current_state: callState } = session;
  const isHeard = session.collected_data.appointment_confirmed === true;
  const first = isBreak ? [CUT_OFF] : [];
  if (callState === 'transferring') return toPerson(state, context, first);
  return (
    tellBooked(callState, state, context, first, isHeard) ??
    promiseAgain(callState, state, context, first) ??
    toldAgain(state, first, context, isHeard) ??
    resumeAt(callState, state, context, first) ??
    goTo({ ...state, time: null }, { name: 'menu' }, context, { first })
  );
}

/** By keys a booking ends the call; who has booked with another agent may want more, and hears of it only if that is new. */
function tellBooked(
  callState: CallState,
  state: MenuState,
  context: MenuContext,
  first: Sentences,
  isHeard: boolean,
): Step | null {
  const { appointment_id: id, service_type = '', appointment_time: date } = state.booked ?? {};
  if (id === undefined || date === undefined || Number.isNaN(Date.parse(date))) return null;
  const told = bookedSentences(context, { id, service_type, date });
  const confirms = isHeard ? undefined : { appointment: id, sentences: first.length + told.length };
  if (callState === 'completed') return leave(state, 'completed', [...first, ...told, GOODBYE], confirms);
  const next: MenuState = { ...state, service: null, vehicle: null, time: null, chosen: null };
  return goTo(next, { name: 'menu' }, context, { first, news: isHeard ? [] : told, confirms });
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
  if (callState === 'completed')
    return leave({ ...state, time: null }, 'completed', [...first, CALLBACK_NOTED, GOODBYE]);
  // Without a break it was another agent that has promised it, and its caller may want more.
  if (callState === 'confirmation' && first.length > 0) return promiseCallback(state, context, first);
  return goTo({ ...state, time: null, chosen: null }, { name: 'menu' }, context, {
    first,
    news: [CALLBACK_NOTED],
  });
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
