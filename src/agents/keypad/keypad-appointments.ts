import type { BookedAppointment } from '../../desk/desk.js';
import { cancelledSentences, movedSentences } from '../booking-words.js';
import {
  CANCELLED,
  CHANGED_MEANWHILE,
  cannotChange,
  countSentence,
  LAST_APPOINTMENT,
  notIdentified,
  wrongDigits,
} from './appointment-prompts.js';
import { backToMenu, findTimes, goTo, leaveServed, lookUp, type Step, toPerson } from './keypad-moves.js';
import {
  CHANGE_NOT_CONFIRMED,
  JUST_TAKEN,
  type MenuContext,
  OVER_LIMIT,
  overLimit,
  type Sentences,
} from './keypad-prompts.js';
import type { Answer, GoOn, Lookup, MenuPlace, MenuState, ToldAppointment } from './keypad-state.js';

type Listing = MenuPlace & { readonly name: 'appointments' };
type ListLookup = Lookup & { readonly kind: 'list' | 'verify' };
type Change = Lookup & { readonly kind: 'move' | 'cancel' };

/** A key where an appointment is read out; null: it means nothing there. */
export function chooseAppointment(
  state: MenuState,
  place: Listing,
  key: string,
  context: MenuContext,
): Step | null {
  const { list, at } = place;
  const told = list[at];
  if (!told) return null;
  if (key === '*') return backToMenu(state, context);
  if (key === '1') return beginMove(state, told, context);
  if (key === '2') return beginCancel(state, told, context);
  if (key !== '3' || list.length < 2) return null;
  const next = (at + 1) % list.length;
  return readOut(state, list, next, context, next === 0 ? [LAST_APPOINTMENT] : []);
}

function readOut(
  before: MenuState,
  list: Listing['list'],
  at: number,
  context: MenuContext,
  first: Sentences,
): Step {
  const told = list[at];
  const chosen = told ? chosenOf(told) : null;
  const intent = told && told.status !== 'booked' ? 'vehicle_status' : before.intent;
  const state: MenuState = { ...before, chosen, intent, service: null, vehicle: null, time: null };
  return goTo(state, { name: 'appointments', list, at }, context, { first });
}

function chosenOf({ id, date }: ToldAppointment): MenuState['chosen'] {
  return { id, date };
}

function beginMove(before: MenuState, told: ToldAppointment, context: MenuContext): Step {
  const intent = 'move_appointment';
  const state: MenuState = { ...before, intent, chosen: chosenOf(told), page: null, vehicle: null };
  if (!isMovable(told, context))
    return backToMenu(state, context, { news: cannotChange(context), callBack: true });
  return findTimes({ ...state, service: told.service_type }, null);
}

function isMovable({ mayChange, service_type }: ToldAppointment, { shop }: MenuContext): boolean {
  const service = shop.services.find(({ type }) => type === service_type);
  return mayChange && service?.bookable === true;
}

function beginCancel(before: MenuState, told: ToldAppointment, context: MenuContext): Step {
  const state: MenuState = { ...before, intent: 'cancel_appointment', chosen: chosenOf(told) };
  if (!told.mayChange) return backToMenu(state, context, { news: cannotChange(context), callBack: true });
  return goTo({ ...state, time: null }, { name: 'cancel', appointment: told }, context);
}

/** A key where it is asked whether to cancel; null: it means nothing there. */
export function chooseToCancel(state: MenuState, { id, date }: ToldAppointment, key: string): Step | null {
  if (key === '1') return lookUp(state, { kind: 'cancel', appointmentId: id, toldTime: date });
  return key === '2' ? readAgain({ ...state, intent: 'list_appointments' }, id) : null;
}

function readAgain(state: MenuState, id: number, first: Sentences = []): Step {
  return lookUp(state, { kind: 'list', goOn: { as: 'hear', id, time: null } }, first);
}

/** The caller's appointments, or what has to come before; null: the answer does not fit. */
export function listed(
  state: MenuState,
  lookup: ListLookup,
  answer: Answer,
  context: MenuContext,
): Step | null {
  const vin = { name: 'vin', keyed: '' } as const;
  switch (answer.kind) {
    case 'not_identified':
      return backToMenu(state, context, { news: notIdentified(context), callBack: true });
    case 'vin_wanted':
      return goTo(state, vin, context);
    case 'vin_wrong':
      return goTo(state, vin, context, { first: wrongDigits(answer.triesLeft) });
    case 'appointments': {
      const goOn = lookup.kind === 'list' ? lookup.goOn : null;
      return goOn
        ? goneOn(state, goOn, answer.appointments, context)
        : readFirst(state, answer.appointments, context);
    }
    default:
      return null;
  }
}

function readFirst(state: MenuState, list: Listing['list'], context: MenuContext): Step {
  const intent = 'list_appointments';
  if (list.length === 0) return backToMenu({ ...state, intent }, context, { news: [countSentence(0)] });
  return readOut({ ...state, intent }, list, 0, context, [countSentence(list.length)]);
}

/** On with what the caller was about to do, if the appointment is still there. */
function goneOn(state: MenuState, { as, id, time }: GoOn, list: Listing['list'], context: MenuContext): Step {
  const at = list.findIndex((told) => told.id === id);
  const told = list[at];
  if (!told) {
    // It may have been cancelled before the stream broke: to ask again cancels nothing twice.
    if (as === 'cancel') return lookUp(state, { kind: 'cancel', appointmentId: id, toldTime: null });
    return readFirst({ ...state, time: null }, list, context);
  }
  if (as === 'hear') return readOut(state, list, at, context, []);
  if (as === 'cancel') return beginCancel(state, told, context);
  if (time !== null && isSameTime(time, told.date)) return moved(state, told, false, context);
  if (time === null || !isMovable(told, context)) return beginMove(state, told, context);
  const moving: MenuState = { ...state, service: told.service_type, chosen: chosenOf(told), time };
  return lookUp(moving, { kind: 'hold', serviceType: told.service_type, startsAt: time });
}

function isSameTime(one: string, other: string): boolean {
  return Date.parse(one) === Date.parse(other);
}

/** What came of a move or a cancellation; null: nobody knows. */
export function changed(state: MenuState, lookup: Change, answer: Answer, context: MenuContext): Step | null {
  const wantsPerson = state.waiting?.wantsPerson ?? false;
  if (answer.kind === 'moved') return moved(state, answer.appointment, wantsPerson, context);
  if (answer.kind === 'cancelled') return cancelled(state, answer.appointment, wantsPerson, context);
  if (wantsPerson && context.shop.canTransfer) return toPerson(state, context, whyNot(answer));
  switch (answer.kind) {
    case 'taken':
      return findTimes(state, state.page, [JUST_TAKEN]);
    case 'over_limit':
      return backToMenu(state, context, { news: overLimit(context), callBack: true });
    case 'refused':
    case 'not_bookable':
      return backToMenu(state, context, { news: cannotChange(context), callBack: true });
    case 'changed':
      return readAgain({ ...state, time: null, intent: 'list_appointments' }, lookup.appointmentId, [
        CHANGED_MEANWHILE,
      ]);
    default:
      return wantsPerson ? toPerson(state, context, [CHANGE_NOT_CONFIRMED]) : null;
  }
}

function whyNot({ kind }: Answer): Sentences {
  if (kind === 'taken') return [JUST_TAKEN];
  if (kind === 'over_limit') return [OVER_LIMIT];
  return kind === 'changed' ? [CHANGED_MEANWHILE] : [CHANGE_NOT_CONFIRMED];
}

function moved(before: MenuState, row: BookedAppointment, wantsPerson: boolean, context: MenuContext): Step {
  const { id, service_type: service, date: time } = row;
  const isOwn = before.booked?.appointment_id === id;
  const booked = isOwn ? { ...before.booked, appointment_time: time } : before.booked;
  const state: MenuState = { ...before, service, time, booked, chosen: { id, date: time }, changed: 'moved' };
  return leaveChanged(state, wantsPerson, movedSentences(context, row), context);
}

function cancelled(
  before: MenuState,
  row: BookedAppointment,
  wantsPerson: boolean,
  context: MenuContext,
): Step {
  const { id, service_type: service, date } = row;
  const booked = before.booked?.appointment_id === id ? null : before.booked;
  const done = { booked, chosen: { id, date }, changed: 'cancelled' } as const;
  const state: MenuState = { ...before, service, time: null, ...done };
  return leaveChanged(state, wantsPerson, cancelledSentences(context, row), context);
}

/** What this call has done, told once more after a break; null: it has changed nothing. `isHeard`: not for the first time. */
export function toldAgain(
  state: MenuState,
  first: Sentences,
  context: MenuContext,
  isHeard: boolean,
): Step | null {
  const { changed: change, service, time, chosen } = state;
  if (change === null || chosen === null) return null;
  const row = { id: chosen.id, service_type: service ?? '', date: time ?? '' };
  const known = change === 'moved' && time !== null ? movedSentences(context, row) : [CANCELLED];
  const told = [...first, ...known];
  return isHeard ? leaveServed(state, told, false, context) : leaveChanged(state, false, told, context);
}

function leaveChanged(state: MenuState, wantsPerson: boolean, told: Sentences, context: MenuContext): Step {
  const { changed: change, chosen } = state;
  const confirms =
    change === 'moved' && chosen ? { appointment: chosen.id, sentences: told.length } : undefined;
  return leaveServed(state, told, wantsPerson, context, confirms);
}
