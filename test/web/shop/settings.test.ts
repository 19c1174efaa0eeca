import { expect, test } from 'vitest';
import type { ShopSettings } from '../../../src/web/shell/answers.js';
import { ABOUT, changedFields, faultsByField, RULES } from '../../../src/web/shop/settings.js';

const SETTINGS: ShopSettings = {
  name: 'North Garage',
  address: null,
  timezone: 'America/Chicago',
  hours: 'Mon-Fri 08:00-17:00',
  bays: 2,
  slot_minutes: 30,
  transfer_number: null,
  answering: 'agent',
  lead_minutes: 120,
  same_day_until: null,
  horizon_days: 60,
  services: [],
  locked: ['hours'],
  revision: 1,
};

test('a form sends what was changed, nothing else, and nothing that is locked', () => {
  const typed = new Map([
    ['name', ' North Garage '],
    ['address', '1 Main Street'],
    ['hours', 'Mon 9-12'],
    ['bays', '3'],
    ['transfer_number', ''],
  ]);
  expect(changedFields(SETTINGS, ABOUT, typed)).toEqual({ address: '1 Main Street', bays: 3 });
  expect(
    changedFields({ ...SETTINGS, address: '1 Main Street' }, ABOUT, new Map([['address', ' ']])),
  ).toEqual({ address: null });
});

test('what is no number goes to the gateway as it is typed, and so does nothing where something must be', () => {
  const typed = new Map([
    ['lead_minutes', 'soon'],
    ['slot_minutes', ''],
    ['same_day_until', '15:30'],
    ['horizon_days', '60'],
  ]);
  expect(changedFields(SETTINGS, RULES, typed)).toEqual({
    lead_minutes: 'soon',
    slot_minutes: '',
    same_day_until: '15:30',
  });
});

test('a refusal is shown at its fields, and what is about none of them by itself', () => {
  const faults = faultsByField('bays must be a whole number; hours cannot be used: never open; Try again.', [
    'bays',
    'hours',
  ]);
  expect([...faults.of]).toEqual([
    ['bays', 'must be a whole number'],
    ['hours', 'cannot be used: never open'],
  ]);
  expect(faults.rest).toBe('Try again.');
  expect(faultsByField('The gateway cannot be reached.', ['bays']).rest).toBe(
    'The gateway cannot be reached.',
  );
  expect(faultsByField('bays must be 1.', ['bays']).rest).toBeNull();
});
