import { VIN_DIGITS } from '../../desk/vin-ending.js';
import { byPerson, onAnswer } from './keypad-answers.js';
import { chooseAppointment, chooseToCancel } from './keypad-appointments.js';
import {
  afterPromise,
  backToMenu,
  findTimes,
  goTo,
  leave,
  lookUp,
  promiseCallback,
  promptOf,
  releasing,
  type Step,
  say,
  stay,
  toPerson,
} from './keypad-moves.js';
import {
  GOODBYE,
  type MenuContext,
  NO_ANSWER_CONNECTING,
  NO_ANSWER_GOODBYE,
  ONE_MOMENT,
  SERVICES_A_PAGE,
  shopInfo,
  WRONG_KEY,
} from './keypad-prompts.js';
import {
  type Answer,
  isWrite,
  type Lookup,
  type MenuPlace,
  type MenuState,
  movedBy,
  type VehicleChoice,
} from './keypad-state.js';

/** What happens to the menu. `silence`: no key for a while after a prompt ended. */
export type MenuEvent =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'silence' }
  | { readonly type: 'answer'; readonly ticket: number; readonly answer: Answer }
  | { readonly type: 'voice_failed' };

/** A prompt is repeated so often before the caller is given up. */
const MAX_SILENCES = 2;

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

/**
 * One key. While the desk is being asked, a key is no answer to a question that has not been heard: it is told to
 * wait. Only 0 works even then, except that what is being written is finished first.
 */
function onKey(before: MenuState, key: string, context: MenuContext): Step {
  if (before.place.name === 'over') return stay(before);
  const state: MenuState = { ...before, silences: 0 };
  if (state.waiting && isWrite(state.waiting.lookup)) return keyWhileWriting(state, key);
  if (state.place.name === 'vin') return keyOfVin(state, state.place.keyed, key, context);
  if (key === '0') return toPerson(state, context);
  if (state.waiting) return { state, effects: [say(ONE_MOMENT)] };
  if (key === '*' && state.place.name !== 'appointments') {
    return goTo(state, state.place, context, { news: state.news });
  }
  return choose(state, key, context) ?? goTo(state, state.place, context, { first: [WRONG_KEY] });
}

/** Nobody pressed a key: the choices again, without a word about it. Digits that were begun start over. */
function repeat(before: MenuState, context: MenuContext): Step {
  const state = before.place.name === 'vin' ? inVin(before, '') : before;
  return { state: { ...state, news: [] }, effects: [say(...promptOf(state, context))] };
}

// Here 0 is a digit like the others: a VIN may have one anywhere. Nothing is said between digits.
function keyOfVin(state: MenuState, keyed: string, key: string, context: MenuContext): Step {
  if (state.waiting) return { state, effects: [say(ONE_MOMENT)] };
  if (key === '#') return backToMenu(state, context);
  const first = key === '*' ? [] : [WRONG_KEY];
  if (!/^[0-9]$/.test(key)) return goTo(state, { name: 'vin', keyed: '' }, context, { first });
  const digits = keyed + key;
  if (digits.length < VIN_DIGITS) return stay(inVin(state, digits));
  return lookUp(inVin(state, ''), { kind: 'verify', digits });
}

function inVin(state: MenuState, keyed: string): MenuState {
  return { ...state, place: { name: 'vin', keyed } };
}

function keyWhileWriting(state: MenuState, key: string): Step {
  const { waiting } = state;
  if (!waiting) return stay(state);
  const wantsPerson = waiting.wantsPerson || key === '0';
  return { state: { ...state, waiting: { ...waiting, wantsPerson } }, effects: [say(ONE_MOMENT)] };
}

function choose(state: MenuState, key: string, context: MenuContext): Step | null {
  const { place } = state;
  switch (place.name) {
    case 'menu':
      return chooseInMenu(state, key, context);
    case 'vin':
      return null;
    case 'service':
      return chooseService(state, place.page, key, context);
    case 'vehicle':
      return chooseVehicle(state, nth(place.vehicles, key));
    case 'times':
      return chooseTime(state, place, key);
    case 'no_times':
      return key === '1' && !movedBy(state) ? toServices(state, 0, context) : elsewhere(state, key, context);
    case 'confirm':
      return chooseToConfirm(state, key);
    case 'appointments':
      return chooseAppointment(state, place, key, context);
    case 'cancel':
      return chooseToCancel(state, place.appointment, key);
    case 'callback':
      return afterPromise(state, key === '1');
    case 'unreachable':
      return chooseUnreachable(state, place.retry, key, context);
    case 'over':
      return null;
  }
}

function chooseInMenu(state: MenuState, key: string, context: MenuContext): Step | null {
  switch (key) {
    case '1':
      return toServices(newBooking(state), 0, context);
    case '2':
      return lookUp({ ...state, intent: 'list_appointments' }, { kind: 'list', goOn: null });
    case '3':
      return goTo({ ...state, intent: 'shop_info' }, state.place, context, { news: shopInfo(context.shop) });
    case '4':
      return state.place.name === 'menu' && state.place.callBack ? promiseCallback(state, context) : null;
    default:
      return null;
  }
}

function newBooking(state: MenuState): MenuState {
  return {
    ...state,
    intent: 'book_appointment',
    service: null,
    vehicle: null,
    time: null,
    chosen: null,
    page: null,
  };
}

function toServices(state: MenuState, page: number, context: MenuContext): Step {
  return goTo(state, { name: 'service', page }, context);
}

function chooseService(state: MenuState, page: number, key: string, context: MenuContext): Step | null {
  const { services } = context.shop;
  const first = page * SERVICES_A_PAGE;
  if (key === '9' && services.length > SERVICES_A_PAGE) {
    return toServices(state, first + SERVICES_A_PAGE < services.length ? page + 1 : 0, context);
  }
  const service = nth(services.slice(first, first + SERVICES_A_PAGE), key);
  if (!service) return null;
  const chosen: MenuState = { ...state, service: service.type };
  if (!service.bookable) return byPerson(chosen, context);
  return state.vehicle ? findTimes(chosen, null) : lookUp(chosen, { kind: 'identify' });
}

function chooseVehicle(state: MenuState, vehicle: VehicleChoice | undefined): Step | null {
  return vehicle ? findTimes({ ...state, vehicle }, null) : null;
}

function chooseTime(state: MenuState, place: MenuPlace & { name: 'times' }, key: string): Step | null {
  if (key === '4') return findTimes(state, place.offered.at(-1) ?? null);
  const time = nth(place.offered, key);
  if (time === undefined || state.service === null) return null;
  return lookUp({ ...state, time }, { kind: 'hold', serviceType: state.service, startsAt: time });
}

function chooseToConfirm(state: MenuState, key: string): Step | null {
  const { service, vehicle, time, page } = state;
  if (key === '2') return releasing(state, findTimes(state, page));
  if (key !== '1' || service === null || time === null) return null;
  const moved = movedBy(state);
  if (moved) {
    return lookUp(state, { kind: 'move', appointmentId: moved.id, toldTime: moved.date, startsAt: time });
  }
  return lookUp(state, {
    kind: 'book',
    serviceType: service,
    vehicleId: vehicle?.id ?? null,
    startsAt: time,
  });
}

function chooseUnreachable(state: MenuState, retry: Lookup, key: string, context: MenuContext): Step | null {
  if (key === '1') return lookUp(state, retry);
  if (!context.canCallBack) return elsewhere(state, key, context);
  if (key === '2') return promiseCallback(state, context);
  return key === '3' ? backToMenu(state, context) : null;
}

function elsewhere(state: MenuState, key: string, context: MenuContext): Step | null {
  return key === '2' ? backToMenu(state, context) : null;
}

function nth<T>(choices: readonly T[], key: string): T | undefined {
  return /^[1-9]$/.test(key) ? choices[Number(key) - 1] : undefined;
}

function onSilence(state: MenuState, context: MenuContext): Step {
  if (state.waiting || state.place.name === 'over') return stay(state);
  if (state.place.name === 'callback') return afterPromise(state, false);
  if (state.silences < MAX_SILENCES) return repeat({ ...state, silences: state.silences + 1 }, context);
  if (context.shop.canTransfer) return leave(state, 'transferring', [NO_ANSWER_CONNECTING]);
  return leave({ ...state, time: null, unanswered: true }, 'completed', [NO_ANSWER_GOODBYE, GOODBYE]);
}

// Also without a number to transfer to: then what follows the stream apologises in a voice that is not ours.
function onVoiceFailed(state: MenuState): Step {
  return state.place.name === 'over' ? stay(state) : leave(state, 'transferring', []);
}
