import { type MenuEvent, step } from '../../src/agents/keypad/keypad-menu.js';
import { HELLO, type Step } from '../../src/agents/keypad/keypad-moves.js';
import { helloTo, type MenuContext } from '../../src/agents/keypad/keypad-prompts.js';
import { begin } from '../../src/agents/keypad/keypad-start.js';
import type { Answer } from '../../src/agents/keypad/keypad-state.js';
import { shopAtCall } from '../../src/agents/shop-facts.js';
import { DEMO_SETTINGS } from '../../src/desk/demo-shop.js';
import { shopOf } from '../../src/shop/shop.js';
import { timesIn } from '../../src/speech/spoken-time.js';

const SUNDAY = new Date('2026-11-29T18:00:00-06:00');
const TIMES = ['08:00', '08:30', '09:00'].map((at) => `2026-11-30T${at}:00-06:00`);
const ROW = { id: 1, service_type: 'oil_change', date: TIMES[0] ?? '' };

const HAPPENINGS: readonly (string | Answer)[] = [
  '1',
  '1',
  { kind: 'vehicles', vehicles: [{ id: 3, name: '2017 Honda Civic' }] },
  { kind: 'times', times: TIMES },
  '1',
  { kind: 'held' },
  '1',
  { kind: 'booked', appointment: ROW },
];

/**
 * Every sentence that a customer with one car hears of the closed demo shop, prices and all, on a Sunday evening: of a booking by keys in which each
 * prompt is heard to its end.
 */
export function bookingByKeys(): readonly string[] {
  const menu = demoMenu();
  let last = begin(menu);
  const heard = sentencesOf(last);
  for (const happening of HAPPENINGS) {
    const event: MenuEvent =
      typeof happening === 'string'
        ? { type: 'key', key: happening }
        : { type: 'answer', ticket: last.state.tickets, answer: happening };
    last = step(last.state, event, menu);
    heard.push(...sentencesOf(last));
  }
  return heard;
}

function demoMenu(): MenuContext {
  const shop = shopOf({ set: DEMO_SETTINGS });
  const sayTime = timesIn(shop.rules.timezone, () => SUNDAY);
  return { ...shopAtCall(shop, SUNDAY), sayTime, canCallBack: true };
}

function sentencesOf({ effects }: Step): string[] {
  return effects.flatMap((effect) =>
    effect.do === 'say' ? effect.sentences.map((said) => (said === HELLO ? helloTo('James') : said)) : [],
  );
}
