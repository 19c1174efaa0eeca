import { type MenuEvent, step } from '../../src/agents/keypad/keypad-menu.js';
import type { MenuEffect, Step } from '../../src/agents/keypad/keypad-moves.js';
import { sessionChange } from '../../src/agents/keypad/keypad-session.js';
import { begin } from '../../src/agents/keypad/keypad-start.js';
import type { Answer, MenuState, ToldAppointment } from '../../src/agents/keypad/keypad-state.js';
import { menuContext } from './menu-walks.js';
import { sessionOf } from './scripted-call-control.js';

export const withPerson = menuContext(true);
export const withoutPerson = menuContext(false);
export const NINE = '2026-11-24T09:00:00-06:00';
export const TEN = '2026-11-24T10:00:00-06:00';
export const NOON = '2026-11-24T12:00:00-06:00';
export const HONDA = { id: 3, name: '2019 Honda Civic' };
export const FORD = { id: 4, name: '2021 Ford Transit' };
export const NO_VEHICLES: Answer = { kind: 'vehicles', vehicles: [] };
export const TIMES: Answer = { kind: 'times', times: [NINE, TEN, NOON] };
export const ROW = { id: 12, service_type: 'brakes', date: NOON };
/** A verified caller's appointment. */
export const BRAKES: ToldAppointment = { ...ROW, status: 'booked', car: HONDA.name, mayChange: true };

export type Happening = string | Answer | null;

/** Keys are strings, null is silence; the rest are answers to the question that is open. */
export function go(first: Step, happenings: readonly Happening[], menu = withPerson): Step {
  let last = first;
  for (const happening of happenings) last = step(last.state, eventOf(last.state, happening), menu);
  return last;
}

function eventOf({ tickets }: MenuState, happening: Happening): MenuEvent {
  if (happening === null) return { type: 'silence' };
  if (typeof happening === 'string') return { type: 'key', key: happening };
  return { type: 'answer', ticket: tickets, answer: happening };
}

export const call = (happenings: readonly Happening[], menu = withPerson) =>
  go(begin(menu), happenings, menu);
export const toTimes: readonly Happening[] = ['1', '1', NO_VEHICLES, TIMES];
export const toConfirm: readonly Happening[] = [...toTimes, '2', { kind: 'held' }];

export function words({ effects }: { readonly effects: readonly MenuEffect[] }): string {
  return effects.flatMap((effect) => (effect.do === 'say' ? effect.sentences.map(String) : [])).join(' ');
}

export function lookedUp({ effects }: Step) {
  return effects.flatMap((effect) => (effect.do === 'look_up' ? [effect.lookup] : []))[0];
}

export const doings = ({ effects }: Step) => effects.map((effect) => effect.do);
export const sessionAfter = ({ state }: Step) =>
  sessionChange(state, sessionOf({ current_state: 'completed' }));
