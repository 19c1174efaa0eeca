import type { SessionChange } from '../../sessions/live-session.js';
import type { CallState, CollectedData, Session } from '../../sessions/session.js';
import {
  CALL_BACK_OPTION,
  CALLBACK_NOTED,
  CONNECTING,
  confirmPrompt,
  GOODBYE,
  type MenuContext,
  menuPrompt,
  NOBODY_FREE,
  noTimesPrompt,
  type Sentences,
  servicePrompt,
  timesPrompt,
  unreachablePrompt,
  vehiclePrompt,
  vinPrompt,
} from './keypad-prompts.js';
import type { Lookup, MenuPlace, MenuState } from './keypad-state.js';

/** Stands for the sentence that greets a known caller by name; said only to those who may hear it. */
export const HELLO: unique symbol = Symbol('hello');

export interface Confirmation {
  readonly appointment: number;
  readonly sentences: number;
}

/** What the menu wants done, in this order. `look_up` is answered by an `answer` event with the same ticket. */
export type MenuEffect =
  | {
      readonly do: 'say';
      readonly sentences: readonly (string | typeof HELLO)[];
      /** So many of the first sentences confirm an appointment, when they are heard to their end. */
      readonly confirms?: Confirmation;
    }
  | { readonly do: 'look_up'; readonly ticket: number; readonly lookup: Lookup }
  | { readonly do: 'release' }
  | { readonly do: 'transfer' }
  | { readonly do: 'hang_up' };

export interface Step {
  readonly state: MenuState;
  readonly effects: readonly MenuEffect[];
}

export function say(...sentences: readonly (string | typeof HELLO)[]): MenuEffect {
  return { do: 'say', sentences };
}

/** Nothing happens. */
export function stay(state: MenuState): Step {
  return { state, effects: [] };
}

/** The choices of the place where the caller is. */
export function promptOf(state: MenuState, context: MenuContext): Sentences {
  const { place } = state;
  switch (place.name) {
    case 'menu':
      return [...(place.callBack ? [CALL_BACK_OPTION] : []), ...menuPrompt(context.shop)];
    case 'vin':
      return vinPrompt();
    case 'service':
      return servicePrompt();
    case 'vehicle':
      return vehiclePrompt(place.vehicles);
    case 'times':
      return timesPrompt(context, place.offered, state.page === null);
    case 'no_times':
      return noTimesPrompt(context.shop, state.service ?? '');
    case 'confirm':
      return confirmPrompt(context, state);
    case 'unreachable':
      return unreachablePrompt(context);
    case 'over':
      return [];
  }
}

interface Said {
  /** Told once, before everything else. */
  readonly first?: Sentences;
  /** Told now and again with the star key. */
  readonly news?: Sentences;
}

/** Goes to a place and says its choices. */
export function goTo(state: MenuState, place: MenuPlace, context: MenuContext, said: Said = {}): Step {
  const { first = [], news = [] } = said;
  const next: MenuState = { ...state, place, waiting: null, news };
  return { state: next, effects: [say(...first, ...news, ...promptOf(next, context))] };
}

/** Asks the desk; the caller stays where they are until the answer comes. */
export function lookUp(state: MenuState, lookup: Lookup, first: Sentences = []): Step {
  const ticket = state.tickets + 1;
  const waiting = { ticket, lookup, wantsPerson: false };
  const spoken = first.length > 0 ? [say(...first)] : [];
  return {
    state: { ...state, tickets: ticket, waiting },
    effects: [...spoken, { do: 'look_up', ticket, lookup }],
  };
}

/** Looks for open times of the chosen service, after `page`; the earlier choice is given up. */
export function findTimes(state: MenuState, page: string | null, first: Sentences = []): Step {
  const lookup: Lookup = { kind: 'find', serviceType: state.service ?? '', after: page };
  return lookUp({ ...state, time: null }, lookup, first);
}

/** Gives up the place kept for this call, if a time was chosen, before whatever `step` does. */
export function releasing(state: MenuState, step: Step): Step {
  return state.time === null ? step : { ...step, effects: [{ do: 'release' }, ...step.effects] };
}

export function backToMenu(state: MenuState, context: MenuContext, first: Sentences = []): Step {
  return releasing(state, goTo({ ...state, time: null }, { name: 'menu' }, context, { first }));
}

/** Hands the caller to a person, or says that nobody can come and offers the menu. */
export function toPerson(state: MenuState, context: MenuContext, first: Sentences = []): Step {
  const wanting: MenuState = { ...state, intent: 'talk_to_person' };
  if (!context.shop.canTransfer) return backToMenu(wanting, context, [...first, NOBODY_FREE]);
  return leave(wanting, 'transferring', [...first, CONNECTING]);
}

/** Says that the shop will call back and ends the call; the request goes with the call into the log. */
export function promiseCallback(state: MenuState, first: Sentences = []): Step {
  const promised: MenuState = { ...state, time: null, callback: true };
  return releasing(state, leave(promised, 'completed', [...first, CALLBACK_NOTED, GOODBYE]));
}

/** The last step of a call: nothing is said or done after it. `confirms`: of an appointment that was just written. */
export function leave(
  state: MenuState,
  as: 'completed' | 'transferring',
  last: Sentences,
  confirms?: Confirmation,
): Step {
  return {
    state: { ...state, place: { name: 'over', as }, waiting: null, news: [] },
    effects: [
      ...(last.length > 0 ? [{ ...say(...last), ...(confirms ? { confirms } : {}) }] : []),
      { do: as === 'transferring' ? 'transfer' : 'hang_up' },
    ],
  };
}

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

const STATE_OF_LOOKUP: Readonly<Record<Lookup['kind'], CallState>> = {
  identify: 'collecting_info',
  list: 'greeting',
  verify: 'collecting_info',
  find: 'booking',
  hold: 'booking',
  book: 'confirmation',
};

const STATE_OF_PLACE: Readonly<Record<Exclude<MenuPlace['name'], 'unreachable' | 'over'>, CallState>> = {
  menu: 'greeting',
  vin: 'collecting_info',
  service: 'collecting_info',
  vehicle: 'collecting_info',
  times: 'booking',
  no_times: 'booking',
  confirm: 'confirmation',
};

/** The call's state as the session shows it. */
export function callStateOf({ place, waiting }: MenuState): CallState {
  if (waiting) return STATE_OF_LOOKUP[waiting.lookup.kind];
  if (place.name === 'over') return place.as;
  return place.name === 'unreachable' ? STATE_OF_LOOKUP[place.retry.kind] : STATE_OF_PLACE[place.name];
}

/** What is keyed now proves who calls; a caller who knows the menu keys it before being asked. */
export function keysAreSecret({ place, waiting }: MenuState): boolean {
  return place.name === 'vin' || waiting?.lookup.kind === 'list' || waiting?.lookup.kind === 'verify';
}
