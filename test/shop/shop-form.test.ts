import { describe, expect, test } from 'vitest';
import { hoursOfDay } from '../../src/shop/closure.js';
import { readSettings, ShopChange } from '../../src/shop/shop-form.js';
import { DEFAULT_SETTINGS } from '../../src/shop/shop-settings.js';

const service = { type: 'oil_change', name: 'oil change', choice: 'an oil change', minutes: 30 };

/** Of each fault where it is, and what is said. */
function faultsOf(change: object): string[] {
  const parsed = ShopChange.safeParse(change);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
}

describe('a change of the shop', () => {
  test('may set all that a shop has, and nothing', () => {
    expect(faultsOf(DEFAULT_SETTINGS)).toEqual([]);
    expect(faultsOf({})).toEqual([]);
  });

  test('gives a service what it does not say', () => {
    expect(ShopChange.parse({ services: [service] }).services).toEqual([
      { ...service, price_cents: null, bays: null, bookable: true, after_minutes: 0, carries_over: false },
    ]);
  });

  test.each([
    ['name', 'x'.repeat(61)],
    ['name', ' '],
    ['name', 'two\nlines'],
    ['name', null],
    ['address', ''],
    ['timezone', 'Mars/Olympus'],
    ['timezone', '+05:00'],
    ['hours', 'always'],
    ['hours', 'closed'],
    ['bays', 0],
    ['bays', 1.5],
    ['bays', '2'],
    ['transfer_number', '5125550100'],
    ['answering', 'maybe'],
    ['lead_minutes', -1],
    ['same_day_until', '24:00'],
    ['same_day_until', '9:00'],
    ['horizon_days', 0],
    ['slot_minutes', 4],
    ['slot_minutes', 241],
    ['services', []],
    ['services', Array.from({ length: 41 }, (_, n) => ({ ...service, type: `x${'y'.repeat(n)}` }))],
  ])('is refused with a %s of %j', (name, value) => {
    expect(faultsOf({ [name]: value }).join()).toContain(name);
  });

  test('names every wrong field of a service, and one that has the type of another', () => {
    const wrong = {
      ...service,
      type: 'Oil',
      minutes: 4,
      price_cents: -1,
      bays: [1, 1],
      bookable: 'yes',
      more: 1,
    };
    const faults = faultsOf({ services: [service, wrong, service], extra: 1 }).join('\n');
    for (const field of ['type', 'minutes', 'price_cents', 'bays', 'bookable'])
      expect(faults).toContain(`services.1.${field} `);
    expect(faults).toContain('extra');
    expect(faultsOf({ services: [service, service] })).toEqual([
      'services.1.type is that of another service in the list',
    ]);
  });

  test('is read from what was stored, as far as it can be used', () => {
    expect(readSettings({ bays: 3, hours: 'never', later: true, constructor: 1 })).toEqual({
      set: { bays: 3 },
      faults: ['hours'],
    });
  });
});

describe('the hours of one day', () => {
  test.each([
    ['10:00-14:00', [[600, 840]]],
    [
      '9-12, 13-17',
      [
        [540, 720],
        [780, 1020],
      ],
    ],
    ['20:00-24:00', [[1200, 1440]]],
  ])('are read from %s', (text, spans) => {
    expect(hoursOfDay(text).map(({ opens, closes }) => [opens, closes])).toEqual(spans);
  });

  test.each(['22:00-02:00', 'Tue 10-14', 'daily 10-14', 'closed', ''])('are not read from %j', (text) => {
    expect(() => hoursOfDay(text)).toThrow();
  });
});
