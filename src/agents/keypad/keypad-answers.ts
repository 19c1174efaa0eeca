import type { BookedAppointment } from '../../desk/desk.js';
import { bookedSentences } from '../booking-words.js';
import { findTimes, goTo, leave, type Step, toPerson } from './keypad-moves.js';
import {
  appointmentList,
  CONNECTING,
  GOODBYE,
  JUST_TAKEN,
  type MenuContext,
  NO_LATER_TIMES,
  NOBODY_FREE,
  NOT_CONFIRMED,
  notIdentified,
  OVER_LIMIT,
  overLimit,
  type Sentences,
  welcome,
  wrongDigits,
} from './keypad-prompts.js';
import type { Answer, Lookup, MenuPlace, MenuState, VehicleChoice } from './keypad-state.js';

/** What the desk answered to `lookup`, for which the caller is waiting. An answer that does not fit counts as failed. */
export function onAnswer(state: MenuState, lookup: Lookup, answer: Answer, context: MenuContext): Step {
  switch (lookup.kind) {
    case 'identify':
      return identified(state, answer.kind === 'vehicles' ? answer.vehicles : [], context);
    case 'list':
    case 'verify':
      return listed(state, answer, context) ?? unreachable(state, lookup, context);
    case 'find':
      return found(state, lookup, answer, context) ?? unreachable(state, lookup, context);
    case 'hold':
      return held(state, answer, context) ?? unreachable(state, lookup, context);
    case 'book':
      return written(state, lookup, answer, context);
  }
}

function unreachable(state: MenuState, retry: Lookup, context: MenuContext): Step {
  const news = retry.kind === 'book' ? [NOT_CONFIRMED] : [];
  return goTo(state, { name: 'unreachable', retry }, context, { news });
}

function identified(state: MenuState, vehicles: readonly VehicleChoice[], context: MenuContext): Step {
  const [only, ...others] = vehicles;
  if (others.length > 0) return goTo(state, { name: 'vehicle', vehicles }, context);
  return findTimes({ ...state, vehicle: only ?? null }, null);
}

function listed(state: MenuState, answer: Answer, context: MenuContext): Step | null {
  const menu = { name: 'menu' } as const;
  const vin = { name: 'vin', keyed: '' } as const;
  if (answer.kind === 'not_identified') return offerCallBack(state, context, notIdentified(context.shop));
  if (answer.kind === 'vin_wanted') return goTo(state, vin, context);
  if (answer.kind === 'vin_wrong') return goTo(state, vin, context, { first: wrongDigits(answer.triesLeft) });
  if (answer.kind !== 'appointments') return null;
  return goTo(state, menu, context, { news: appointmentList(context, answer.appointments) });
}

function found(
  state: MenuState,
  { after }: Lookup & { kind: 'find' },
  answer: Answer,
  context: MenuContext,
): Step | null {
  if (answer.kind !== 'times') return null;
  const offered = answer.times;
  if (offered.length > 0) return goTo({ ...state, page: after }, { name: 'times', offered }, context);
  return after === null
    ? goTo({ ...state, page: null }, { name: 'no_times' }, context)
    : findTimes(state, null, [NO_LATER_TIMES]);
}

function held(state: MenuState, answer: Answer, context: MenuContext): Step | null {
  if (answer.kind === 'held') return goTo(state, { name: 'confirm' }, context);
  return answer.kind === 'taken' ? findTimes(state, state.page, [JUST_TAKEN]) : null;
}

function written(state: MenuState, lookup: Lookup, answer: Answer, context: MenuContext): Step {
  const wantsPerson = state.waiting?.wantsPerson ?? false;
  const row = answer.kind === 'booked' ? answer.appointment : answer.kind === 'failed' && rowKnown(state);
  if (row) return booked(state, row, wantsPerson, context);
  if (answer.kind === 'over_limit') return notBooked(state, wantsPerson, context);
  if (wantsPerson) return toPerson(state, context, [answer.kind === 'taken' ? JUST_TAKEN : NOT_CONFIRMED]);
  if (answer.kind === 'taken') return findTimes(state, state.page, [JUST_TAKEN]);
  return unreachable(state, lookup, context);
}

function notBooked(before: MenuState, wantsPerson: boolean, context: MenuContext): Step {
  const state: MenuState = { ...before, time: null };
  return wantsPerson && context.shop.canTransfer
    ? toPerson(state, context, [OVER_LIMIT])
    : offerCallBack(state, context, overLimit(context));
}

/** Back to the menu, in which the caller may now ask to be called back. */
function offerCallBack(state: MenuState, context: MenuContext, news: Sentences): Step {
  const menu: MenuPlace = context.canCallBack ? { name: 'menu', callBack: true } : { name: 'menu' };
  return goTo(state, menu, context, { news });
}

/** What this call has booked before, told once more after a break: it is so, though the desk cannot say it now. */
function rowKnown({
  appointment: id,
  service: service_type,
  time: date,
}: MenuState): BookedAppointment | null {
  return id === null || service_type === null || date === null ? null : { id, service_type, date };
}

function booked(state: MenuState, row: BookedAppointment, wantsPerson: boolean, context: MenuContext): Step {
  const done: MenuState = { ...state, service: row.service_type, time: row.date, appointment: row.id };
  const sentences = bookedSentences(context.sayTime, row);
  const confirms = { appointment: row.id, sentences: sentences.length };
  const { shop } = context;
  if (wantsPerson && shop.canTransfer) {
    const wanting: MenuState = { ...done, intent: 'talk_to_person' };
    return leave(wanting, 'transferring', [...sentences, CONNECTING], confirms);
  }
  const regret = wantsPerson ? [NOBODY_FREE] : [];
  return leave(done, 'completed', [...sentences, ...regret, welcome(shop), GOODBYE], confirms);
}
