import { appointmentPrompt, cancelPrompt, vinPrompt } from './appointment-prompts.js';
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
  URGENT_NOTED,
  unreachablePrompt,
  urgencyPrompt,
  vehiclePrompt,
} from './keypad-prompts.js';
import { type Lookup, type MenuPlace, type MenuState, movedBy } from './keypad-state.js';

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

function confirming(sentences: Sentences, confirms: Confirmation | undefined): MenuEffect {
  return { do: 'say', sentences, ...(confirms ? { confirms } : {}) };
}

/** Nothing happens. */
export function stay(state: MenuState): Step {
  return { state, effects: [] };
}

/** The choices of the place where the caller is. */
export function promptOf(state: MenuState, context: MenuContext): Sentences {
  const { place } = state;
  const { shop } = context;
  switch (place.name) {
    case 'menu':
      return [...(place.callBack ? [CALL_BACK_OPTION] : []), ...menuPrompt(shop)];
    case 'vin':
      return vinPrompt();
    case 'service':
      return servicePrompt(shop, place.page);
    case 'vehicle':
      return vehiclePrompt(place.vehicles);
    case 'times':
      return timesPrompt(context, place.offered, state.page === null);
    case 'no_times':
      return noTimesPrompt(shop, shop.nameOf(state.service ?? ''), movedBy(state) !== null);
    case 'confirm':
      return confirmPrompt(context, state);
    case 'appointments': {
      const told = place.list[place.at];
      return told ? appointmentPrompt(context, told, place.list.length) : [];
    }
    case 'cancel':
      return cancelPrompt(context, place.appointment);
    case 'callback':
      return urgencyPrompt();
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
  readonly confirms?: Confirmation | undefined;
}

/** Goes to a place and says its choices. */
export function goTo(state: MenuState, place: MenuPlace, context: MenuContext, said: Said = {}): Step {
  const { first = [], news = [], confirms } = said;
  const next: MenuState = { ...state, place, waiting: null, news };
  const sentences = [...first, ...news, ...promptOf(next, context)];
  return { state: next, effects: [confirming(sentences, confirms)] };
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
  const except = movedBy(state)?.date ?? null;
  const lookup: Lookup = { kind: 'find', serviceType: state.service ?? '', after: page, except };
  return lookUp({ ...state, time: null }, lookup, first);
}

/** Gives up the place kept for this call, if a time was chosen, before whatever `step` does. */
export function releasing(state: MenuState, step: Step): Step {
  return state.time === null ? step : { ...step, effects: [{ do: 'release' }, ...step.effects] };
}

/** `callBack`: the shop is offered to ring the caller, who could not be served, if it can. */
export function backToMenu(
  before: MenuState,
  context: MenuContext,
  said: Said & { readonly callBack?: boolean } = {},
): Step {
  const state: MenuState = { ...before, time: null, chosen: null };
  const isOffered = (said.callBack ?? false) && context.canCallBack;
  const menu: MenuPlace = isOffered ? { name: 'menu', callBack: true } : { name: 'menu' };
  return releasing(before, goTo(state, menu, context, said));
}

/** Hands the caller to a person, or says that nobody can come and offers a call-back and the menu. */
export function toPerson(state: MenuState, context: MenuContext, first: Sentences = []): Step {
  const wanting: MenuState = { ...state, intent: 'talk_to_person' };
  if (context.shop.canTransfer) return leave(wanting, 'transferring', [...first, CONNECTING]);
  return backToMenu(wanting, context, { first: [...first, NOBODY_FREE], callBack: !state.callback });
}

/** Promises that the shop calls back, and asks whether it is urgent: the request stands, whether or not the caller answers. */
export function promiseCallback(state: MenuState, context: MenuContext, first: Sentences = []): Step {
  const promised: MenuState = { ...state, time: null, chosen: null, callback: true };
  return releasing(state, goTo(promised, { name: 'callback' }, context, { first, news: [CALLBACK_NOTED] }));
}

/** What a caller who was promised a call-back hears last. */
export function afterPromise(state: MenuState, isUrgent: boolean): Step {
  const urgent = state.urgent || isUrgent;
  return leave({ ...state, urgent }, 'completed', [...(isUrgent ? [URGENT_NOTED] : []), GOODBYE]);
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
      ...(last.length > 0 ? [confirming(last, confirms)] : []),
      { do: as === 'transferring' ? 'transfer' : 'hang_up' },
    ],
  };
}

/** The end of a call that has booked or changed something: `told`, and then the person who was asked for meanwhile, if one can come. */
export function leaveServed(
  state: MenuState,
  told: Sentences,
  wantsPerson: boolean,
  { shop }: MenuContext,
  confirms?: Confirmation,
): Step {
  if (wantsPerson && shop.canTransfer) {
    const wanting: MenuState = { ...state, intent: 'talk_to_person' };
    return leave(wanting, 'transferring', [...told, CONNECTING], confirms);
  }
  return leave(state, 'completed', [...told, ...(wantsPerson ? [NOBODY_FREE] : []), GOODBYE], confirms);
}
