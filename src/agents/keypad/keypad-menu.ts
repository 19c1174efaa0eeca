import type { CallState, Session } from '../../sessions/session.js';
import { onAnswer } from './keypad-answers.js';
import { onKey, repeat } from './keypad-keys.js';
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
  stay,
  toPerson,
} from './keypad-moves.js';
import {
  CUT_OFF,
  GOODBYE,
  type MenuContext,
  NO_ANSWER_CONNECTING,
  NO_ANSWER_GOODBYE,
  type Sentences,
  welcome,
} from './keypad-prompts.js';
import { rememberedState } from './keypad-session.js';
import { type Answer, INITIAL_STATE, type MenuState } from './keypad-state.js';

/** What happens to the menu. `silence`: no key for a while after a prompt ended. */
export type MenuEvent =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'silence' }
  | { readonly type: 'answer'; readonly ticket: number; readonly answer: Answer }
  | { readonly type: 'voice_failed' };

/** A prompt is repeated so often before the caller is given up. */
const MAX_SILENCES = 2;

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

/**
 * The one transition function of the touch-tone menu: pure, total, and silent after the call was handed over or
 * ended. Every key leads to words or to a lookup.
 */
export function step(state: MenuState, event: MenuEvent, context: MenuContext): Step {
  switch (event.type) {
    case 'key':
      return onKey(state, event.key, context);
    case 'silence':
      return onSilence(state, context);
    case 'answer':
      return state.waiting?.ticket === event.ticket
        ? onAnswer(state, state.waiting.lookup, event.answer, context)
        : stay(state);
    case 'voice_failed':
      return onVoiceFailed(state);
  }
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

function onSilence(state: MenuState, context: MenuContext): Step {
  if (state.waiting || state.place.name === 'over') return stay(state);
  if (state.silences < MAX_SILENCES) return repeat({ ...state, silences: state.silences + 1 }, context);
  if (context.shop.canTransfer) return leave(state, 'transferring', [NO_ANSWER_CONNECTING]);
  return leave({ ...state, time: null }, 'completed', [NO_ANSWER_GOODBYE, GOODBYE]);
}

// Also without a number to transfer to: then what follows the stream apologises in a voice that is not ours.
function onVoiceFailed(state: MenuState): Step {
  return state.place.name === 'over' ? stay(state) : leave(state, 'transferring', []);
}
