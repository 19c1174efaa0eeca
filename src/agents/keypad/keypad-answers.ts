import type { BookedAppointment } from '../../desk/desk.js';
import { bookedSentences } from '../booking-words.js';
import { cannotChange } from './appointment-prompts.js';
import { changed, listed } from './keypad-appointments.js';
import { backToMenu, findTimes, goTo, leaveServed, type Step, toPerson } from './keypad-moves.js';
import {
  CHANGE_NOT_CONFIRMED,
  JUST_TAKEN,
  type MenuContext,
  NO_LATER_TIMES,
  NOT_CONFIRMED,
  notBookable,
  OVER_LIMIT,
  overLimit,
} from './keypad-prompts.js';
import { bookedAs } from './keypad-session.js';
import { type Answer, type Lookup, type MenuState, movedBy, type VehicleChoice } from './keypad-state.js';

/** What the desk answered to `lookup`, for which the caller is waiting. An answer that does not fit counts as failed. */
export function onAnswer(state: MenuState, lookup: Lookup, answer: Answer, context: MenuContext): Step {
  switch (lookup.kind) {
    case 'identify':
      return identified(state, answer.kind === 'vehicles' ? answer.vehicles : [], context);
    case 'list':
    case 'verify':
      return listed(state, lookup, answer, context) ?? unreachable(state, lookup, context);
    case 'find':
      return found(state, lookup, answer, context) ?? unreachable(state, lookup, context);
    case 'hold':
      return held(state, answer, context) ?? unreachable(state, lookup, context);
    case 'book':
      return written(state, lookup, answer, context);
    case 'move':
    case 'cancel':
      return changed(state, lookup, answer, context) ?? unreachable(state, lookup, context);
  }
}

const UNCONFIRMED: Partial<Readonly<Record<Lookup['kind'], string>>> = {
  book: NOT_CONFIRMED,
  move: CHANGE_NOT_CONFIRMED,
  cancel: CHANGE_NOT_CONFIRMED,
};

function unreachable(state: MenuState, retry: Lookup, context: MenuContext): Step {
  const told = UNCONFIRMED[retry.kind];
  return goTo(state, { name: 'unreachable', retry }, context, { news: told ? [told] : [] });
}

function identified(state: MenuState, vehicles: readonly VehicleChoice[], context: MenuContext): Step {
  const [only, ...others] = vehicles;
  if (others.length > 0) return goTo(state, { name: 'vehicle', vehicles }, context);
  return findTimes({ ...state, vehicle: only ?? null }, null);
}

function found(
  state: MenuState,
  { after }: Lookup & { kind: 'find' },
  answer: Answer,
  context: MenuContext,
): Step | null {
  if (answer.kind === 'not_bookable') return byPerson(state, context);
  if (answer.kind !== 'times') return null;
  const offered = answer.times;
  if (offered.length > 0) return goTo({ ...state, page: after }, { name: 'times', offered }, context);
  return after === null
    ? goTo({ ...state, page: null }, { name: 'no_times' }, context)
    : findTimes(state, null, [NO_LATER_TIMES]);
}

function held(state: MenuState, answer: Answer, context: MenuContext): Step | null {
  if (answer.kind === 'held') return goTo(state, { name: 'confirm' }, context);
  if (answer.kind === 'not_bookable' || answer.kind === 'refused') return byPerson(state, context);
  if (answer.kind === 'over_limit') return notBooked(state, false, context);
  return answer.kind === 'taken' ? findTimes(state, state.page, [JUST_TAKEN]) : null;
}

/** Of what cannot be booked, or moved, by keys. */
export function byPerson(state: MenuState, context: MenuContext): Step {
  const news = movedBy(state)
    ? cannotChange(context)
    : notBookable(context, context.shop.nameOf(state.service ?? ''));
  return backToMenu(state, context, { news, callBack: true });
}

function written(state: MenuState, lookup: Lookup, answer: Answer, context: MenuContext): Step {
  const wantsPerson = state.waiting?.wantsPerson ?? false;
  if (answer.kind === 'not_bookable') return byPerson(state, context);
  const row = answer.kind === 'booked' ? answer.appointment : null;
  // The desk gives what the call has booked at that time before: this choice is not booked.
  const isTaken = answer.kind === 'taken' || (row !== null && row.id === state.booked?.appointment_id);
  if (row && !isTaken) return booked(state, row, wantsPerson, context);
  if (answer.kind === 'over_limit' || answer.kind === 'refused')
    return notBooked(state, wantsPerson, context);
  if (wantsPerson) return toPerson(state, context, [isTaken ? JUST_TAKEN : NOT_CONFIRMED]);
  if (isTaken) return findTimes(state, state.page, [JUST_TAKEN]);
  return unreachable(state, lookup, context);
}

function notBooked(before: MenuState, wantsPerson: boolean, context: MenuContext): Step {
  const state: MenuState = { ...before, time: null };
  return wantsPerson && context.shop.canTransfer
    ? toPerson(state, context, [OVER_LIMIT])
    : backToMenu(state, context, { news: overLimit(context), callBack: true });
}

function booked(state: MenuState, row: BookedAppointment, wantsPerson: boolean, context: MenuContext): Step {
  const choice = { service: row.service_type, vehicle: state.vehicle, time: row.date };
  const done: MenuState = { ...state, ...choice, booked: bookedAs(choice, row.id) };
  const sentences = bookedSentences(context, row);
  const confirms = { appointment: row.id, sentences: sentences.length };
  return leaveServed(done, sentences, wantsPerson, context, confirms);
}
