import { describe, expect, test } from 'vitest';
import { nameOfService, shopOf } from '../../src/shop/shop.js';
import { DEFAULT_SETTINGS } from '../../src/shop/shop-settings.js';

describe('a shop', () => {
  test('that set nothing is as the defaults say, and nothing is locked', () => {
    const shop = shopOf({});
    expect(shop).toMatchObject({ revision: 0, settings: DEFAULT_SETTINGS, locked: [] });
    expect(shop.rules).toMatchObject({ bays: 2, leadMinutes: 120, horizonDays: 60, sameDayUntil: null });
  });

  test('goes by the environment before what was set, and says which settings that locks', () => {
    const shop = shopOf({ set: { bays: 4, name: 'Set' }, given: { bays: 3, hours: 'Mon 9-12' } });
    expect(shop.settings).toMatchObject({ bays: 3, name: 'Set', hours: 'Mon 9-12' });
    expect(shop.locked).toEqual(['hours', 'bays']);
    expect(shop.rules.hours[0]).toEqual([{ opens: 540, closes: 720 }]);
  });

  test('reads the same-day limit as a minute of the day', () => {
    expect(shopOf({ set: { same_day_until: '11:30' } }).rules.sameDayUntil).toBe(690);
  });

  test('names a service that it has, one that it had, and one that it never had', () => {
    const shop = shopOf({ retired: { exhaust: 'exhaust repair' } });
    expect(['oil_change', 'exhaust', 'toString'].map((type) => nameOfService(shop, type))).toEqual([
      'oil change',
      'exhaust repair',
      'appointment',
    ]);
  });
});
