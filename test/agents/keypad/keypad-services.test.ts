import { describe, expect, onTestFinished, test } from 'vitest';
import { priceSentence } from '../../../src/agents/keypad/keypad-prompts.js';
import { bookingByKeys } from '../../support/booking-by-keys.js';
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
import { SharedVoice } from '../../support/shared-voice.js';

const large = menuContext(true, true, { services: nineServices() });
const largeAlone = menuContext(false, false, { services: nineServices() });

describe('the services of a shop', () => {
  test('are offered eight to a page, nine for more, and back to the first after the last', () => {
    const first = call(['1'], large);
    expect(words(first)).toBe(
      'Which service? For an oil change, press 1. Brakes, 2. Tires, 3. An inspection, 4. Something else, 5. ' +
        'A battery, 6. A wheel alignment, 7. A transmission repair, 8. More, 9.',
    );
    expect(words(call(['1', '9'], large))).toBe('For detailing, press 1. More, 9.');
    expect(words(call(['1', '9', '9'], large))).toBe(words(first));
    expect(words(call(['1', '9', '*'], large))).toBe('For detailing, press 1. More, 9.');
    expect(words(call(['1', '9', '2'], large))).toMatch(/^Sorry, that key .* For detailing/);
    expect(sessionAfter(call(['1', '9', '1'], large))?.collected_data).toEqual({ service_type: 'detailing' });
  });

  test('that fit on one page have no more', () => {
    const eight = menuContext(true, true, { services: nineServices().slice(0, 8) });
    expect(words(call(['1'], eight))).not.toContain('More, 9');
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

test('a booking by keys with every prompt heard to its end takes 50 s at most', {
  timeout: 60_000,
}, async () => {
  const voice = new SharedVoice();
  onTestFinished(() => voice.close());
  const sounds = await Promise.all(bookingByKeys().map((text) => voice.synthesize(text)));
  const seconds = sounds.reduce((sum, { audio }) => sum + audio.length, 0) / 8000;
  expect(seconds).toBeGreaterThan(40);
  expect(seconds).toBeLessThanOrEqual(50);
});
