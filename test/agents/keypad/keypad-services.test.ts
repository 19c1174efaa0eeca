import { describe, expect, test } from 'vitest';
import { priceSentence } from '../../../src/agents/keypad/keypad-prompts.js';
import { begin } from '../../../src/agents/keypad/keypad-start.js';
import {
  call,
  doings,
  type Happening,
  HONDA,
  lookedUp,
  NO_VEHICLES,
  sessionAfter,
  words,
} from '../../support/menu-script.js';
import { menuContext } from '../../support/menu-walks.js';
import { nineServices } from '../../support/nine-services.js';

const large = menuContext(true, true, { services: nineServices() });
const largeAlone = menuContext(false, false, { services: nineServices() });

describe('the services of a shop', () => {
  test('are offered eight to a page, nine for more, and back to the first after the last', () => {
    const first = call(['1'], large);
    expect(words(first)).toBe(
      'Which service? For an oil change, press 1. For brakes, 2. For tires, 3. For an inspection, 4. For something else, 5. ' +
        'For a battery, 6. For a wheel alignment, 7. For a transmission repair, 8. For more, 9.',
    );
    expect(words(call(['1', '9'], large))).toBe('For detailing, press 1. For more, 9.');
    expect(words(call(['1', '9', '9'], large))).toBe(words(first));
    expect(words(call(['1', '9', '*'], large))).toBe('For detailing, press 1. For more, 9.');
    expect(words(call(['1', '9', '2'], large))).toMatch(/^Sorry, that key .* For detailing/);
    expect(sessionAfter(call(['1', '9', '1'], large))?.collected_data).toEqual({ service_type: 'detailing' });
  });

  test('that fit on one page have no more', () => {
    const eight = menuContext(true, true, { services: nineServices().slice(0, 8) });
    expect(words(call(['1'], eight))).not.toContain('For more');
    expect(words(call(['1', '9'], eight))).toMatch(/^Sorry, that key/);
  });

  test('that only a person can book lead to one, or to a call-back', () => {
    const told = call(['1', '8'], large);
    expect(words(told)).toMatch(
      /^I am sorry, I cannot book your transmission repair myself\. A person at the shop can help you with that\. To have the shop call you back, press 4\./,
    );
    expect(doings(told)).toEqual(['say']);
    expect(sessionAfter(told)).toMatchObject({
      intent: 'book_appointment',
      collected_data: { service_type: 'transmission' },
    });
    expect(doings(call(['1', '8', '0'], large))).toEqual(['say', 'transfer']);
    expect(words(call(['1', '8'], largeAlone))).toContain(
      'Please call again from a phone that shows its number.',
    );
  });

  test('that the shop has stopped offering while the call went on lead there, too', () => {
    const stopped: readonly Happening[] = ['1', '2', NO_VEHICLES, { kind: 'not_bookable' }];
    expect(words(call(stopped, large))).toMatch(/^I am sorry, I cannot book your brake service myself\./);
  });

  test('are told with their price, where there is one, when the choice is read back', () => {
    const times = { kind: 'times', times: ['2026-11-24T09:00:00-06:00'] } as const;
    const readBack = (...keys: readonly Happening[]) =>
      words(
        call(['1', ...keys, { kind: 'vehicles', vehicles: [HONDA] }, times, '1', { kind: 'held' }], large),
      );
    expect(readBack('6')).toMatch(
      /^Your battery for your 2019 Honda Civic would be on «.*»\. The price is 189 dollars and 50 cents\. To confirm/,
    );
    expect(readBack('2')).not.toContain('price');
  });

  test('are looked up by their types', () => {
    expect(lookedUp(call(['1', '7', NO_VEHICLES], large))).toMatchObject({
      kind: 'find',
      serviceType: 'alignment',
    });
  });
});

test.each([
  [4900, 'The price is 49 dollars.'],
  [4995, 'The price is 49 dollars and 95 cents.'],
  [100, 'The price is 1 dollar.'],
  [1, 'The price is 1 cent.'],
  [0, 'The price is 0 dollars.'],
])('%i cents are said as %s', (cents, said) => {
  expect(priceSentence(cents)).toBe(said);
});

/** As many as a caller hears, numbers in words. */
function wordCount(text: string): number {
  return text.split(/[\s-]+/).filter(Boolean).length;
}

const WORDS_A_MINUTE = 170;
const MORNING = "tomorrow, Monday the thirtieth, at eight o'clock in the morning";

test('a booking by keys with every prompt heard to its end takes 50 s at most', () => {
  const said = {
    day: 'tomorrow, Monday the thirtieth',
    hour: "eight o'clock",
    part_of_day: 'in the morning',
  };
  const menu = {
    ...menuContext(false),
    sayTime: (_: string, part?: string) => (part === undefined ? MORNING : said[part as keyof typeof said]),
  };
  const times = {
    kind: 'times',
    times: ['08:00', '08:30', '09:00'].map((at) => `2026-11-30T${at}:00-06:00`),
  } as const;
  const row = { id: 1, service_type: 'oil_change', date: '2026-11-30T08:00:00-06:00' };
  const happenings: readonly Happening[] = [
    '1',
    '1',
    { kind: 'vehicles', vehicles: [{ id: 3, name: 'twenty seventeen Honda Civic' }] },
    times,
    '1',
    { kind: 'held' },
    '1',
    { kind: 'booked', appointment: row },
  ];
  const heard = [words(begin(menu)).replace('Symbol(hello)', 'Hello, James.')];
  for (let n = 1; n <= happenings.length; n++) heard.push(words(call(happenings.slice(0, n), menu)));
  const seconds = (wordCount(heard.join(' ')) / WORDS_A_MINUTE) * 60;
  expect(seconds).toBeGreaterThan(30);
  expect(seconds).toBeLessThanOrEqual(50);
});
