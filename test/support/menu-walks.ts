import fc from 'fast-check';
import { type MenuEvent, step } from '../../src/agents/keypad/keypad-menu.js';
import type { Step } from '../../src/agents/keypad/keypad-moves.js';
import type { MenuContext } from '../../src/agents/keypad/keypad-prompts.js';
import { begin } from '../../src/agents/keypad/keypad-start.js';
import {
  type Answer,
  INITIAL_STATE,
  type Lookup,
  type MenuState,
  type ToldAppointment,
} from '../../src/agents/keypad/keypad-state.js';
import { shopFacts } from '../../src/agents/shop-facts.js';
import type { CarStatus } from '../../src/database/appointment-status.js';
import type { BookedAppointment } from '../../src/desk/desk.js';
import { type ShopParts, shopOf } from '../../src/shop/shop.js';
import { nineServices } from './nine-services.js';
import { runs } from './property-runs.js';

export const KEYS: readonly string[] = [...'0123456789*#', 'A'];

/** Guillemets mark what cannot be known before a call. */
export function menuContext(
  canTransfer: boolean,
  canCallBack = true,
  set: ShopParts['set'] = {},
  opening: MenuContext['opening'] = { isOpen: true, at: null },
): MenuContext {
  const transfer = { transfer_number: canTransfer ? '+15125550190' : null };
  const shop = shopFacts(shopOf({ set: { ...set, ...transfer }, retired: { wash: 'car wash' } }));
  return { canCallBack, shop, sayTime, opening };
}

const sayTime: MenuContext['sayTime'] = (iso, part) => {
  if (part === 'day') return `«${iso.slice(0, 10)}»`;
  if (part === 'part_of_day') return iso.slice(11, 13) < '12' ? '«morning»' : '«afternoon»';
  return part === undefined ? `«${iso}»` : `«${iso.slice(11, 16)}»`;
};

const OPENS = '2026-11-25T08:00:00-06:00';

/** One walk of one caller through the menu, from the greeting. */
export interface Walk {
  readonly steps: readonly Step[];
  /** What led to each step; null for the first. */
  readonly events: readonly (MenuEvent | null)[];
  /** Where it ended. */
  readonly state: MenuState;
}

const contexts = fc
  .tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.constantFrom(OPENS, null, 'open'))
  .map(([canTransfer, canCallBack, isLarge, opens]) => {
    const set = isLarge ? { services: nineServices(), address: 'Main Street 12' } : {};
    const opening = { isOpen: opens === 'open', at: opens };
    return menuContext(canTransfer, canCallBack, set, opening);
  });
const happenings = fc.array(fc.nat(2 ** 24), { maxLength: 40, size: 'max' });

/** Walks many callers through the menu and checks each walk. */
export function everyWalk(check: (walk: Walk, menu: MenuContext) => void): void {
  fc.assert(walks(check), { numRuns: runs(1000) });
}

/** Walks the same ten thousand callers through the menu each time: for what must be reached by some of them. */
export function tenThousandWalks(check: (walk: Walk) => void): void {
  fc.assert(walks(check), { numRuns: 10_000, seed: 1 });
}

function walks(check: (walk: Walk, menu: MenuContext) => void) {
  return fc.property(contexts, happenings, (menu, numbers) => check(walkOf(numbers, menu), menu));
}

function walkOf(numbers: readonly number[], menu: MenuContext): Walk {
  const steps = [begin(menu)];
  const events: (MenuEvent | null)[] = [null];
  let state = INITIAL_STATE;
  for (const number of numbers) {
    const event = eventOf(state, new Dice(number));
    const next = step(state, event, menu);
    events.push(event);
    steps.push(next);
    state = next.state;
  }
  return { steps, events, state };
}

/** Reads choices off one number, so that many walks are cheap to make and to shrink; 0 is the plainest choice. */
class Dice {
  #left: number;

  constructor(number: number) {
    this.#left = number;
  }

  below(limit: number): number {
    const drawn = this.#left % limit;
    this.#left = Math.floor(this.#left / limit);
    return drawn;
  }

  of<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }
}

// Mostly what a caller who books a car in would do, and a desk that answers.
function eventOf({ waiting, tickets }: MenuState, dice: Dice): MenuEvent {
  const what = dice.below(16);
  if (what === 15) return { type: 'silence' };
  if (what === 14) return { type: 'answer', ticket: tickets - 1, answer: answerTo('hold', dice) };
  if (waiting && what < 12) {
    return { type: 'answer', ticket: tickets, answer: answerTo(waiting.lookup.kind, dice) };
  }
  return { type: 'key', key: what < 8 ? '1' : dice.of(['2', '4', ...KEYS]) };
}

function answerTo(kind: Lookup['kind'], dice: Dice): Answer {
  if (dice.below(8) === 7) return { kind: 'failed' };
  const many = Array.from({ length: dice.below(8) }, (_, index) => index + 1);
  const types = ['oil_change', 'brakes', 'tires', 'detailing', 'wash', 'forgotten'] as const;
  const appointment = (id: number) => ({
    id,
    service_type: dice.of(types),
    date: timeAt(dice.below(9)),
  });
  switch (kind) {
    case 'identify':
      return { kind: 'vehicles', vehicles: many.map((id) => ({ id, name: `«car ${id}»` })) };
    case 'list':
    case 'verify':
      if (dice.below(3) === 2) return { kind: 'not_identified' };
      if (dice.below(2) === 1)
        return kind === 'list' ? { kind: 'vin_wanted' } : { kind: 'vin_wrong', triesLeft: dice.of([1, 2]) };
      return { kind: 'appointments', appointments: many.map((id) => toldOf(appointment(id), dice)) };
    case 'find':
      if (dice.below(8) === 7) return { kind: 'not_bookable' };
      return { kind: 'times', times: many.slice(0, 3).map(timeAt) };
    case 'hold':
      if (dice.below(8) === 7) return { kind: dice.of(['not_bookable', 'refused', 'over_limit']) };
      return { kind: dice.below(3) === 2 ? 'taken' : 'held' };
    case 'book':
      if (dice.below(3) === 2)
        return { kind: dice.of(['taken', 'over_limit', 'refused', 'not_bookable', 'changed']) };
      return { kind: 'booked', appointment: appointment(7) };
    case 'move':
    case 'cancel':
      if (dice.below(3) === 2) return { kind: dice.of(['taken', 'over_limit', 'refused', 'changed']) };
      return { kind: kind === 'move' ? 'moved' : 'cancelled', appointment: appointment(1 + dice.below(8)) };
  }
}

function toldOf(row: BookedAppointment, dice: Dice): ToldAppointment {
  const standing: readonly [CarStatus, ...CarStatus[]] = [
    'arrived',
    'in_progress',
    'waiting_for_parts',
    'ready',
  ];
  const status = dice.below(3) === 2 ? dice.of(standing) : 'booked';
  const mayChange = status === 'booked' && dice.below(8) < 7;
  return { ...row, status, car: dice.below(2) === 1 ? '«car»' : null, mayChange };
}

function timeAt(hour: number): string {
  return `2026-11-24T${String(8 + hour).padStart(2, '0')}:30:00-06:00`;
}
