import { expect, test } from 'vitest';
import type { Service } from '../../../src/web/shell/answers.js';
import {
  added,
  baysOf,
  centsOf,
  edited,
  moved,
  priceText,
  typeFor,
  without,
} from '../../../src/web/shop/service-list.js';

const service = (type: string): Service => ({
  type,
  name: type,
  choice: type,
  minutes: 30,
  price_cents: null,
  bays: null,
  bookable: true,
  after_minutes: 0,
  carries_over: false,
});
const types = (services: readonly Service[]) => services.map(({ type }) => type).join('');

test('a service goes up and down in the menu, and not out of it', () => {
  const list = [service('a'), service('b'), service('c')];
  expect([types(moved(list, 'c', -1)), types(moved(list, 'a', 1))]).toEqual(['acb', 'bac']);
  expect(moved(list, 'a', -1)).toBe(list);
  expect(moved(list, 'c', 1)).toBe(list);
  expect(moved(list, 'd', 1)).toBe(list);
});

test('a change of a service leaves what others have changed in the list since it was opened', () => {
  const opened = { ...service('b'), price_cents: 19_900, bays: [1, 2] };
  const list = [service('c'), { ...opened, price_cents: 24_900, bays: [1] }, service('a')];
  const { type: _, ...typed } = { ...opened, minutes: 45, bays: [1, 2] };
  const changed = { ...opened, price_cents: 24_900, bays: [1], minutes: 45 };
  expect(edited(list, opened, typed)).toEqual([list[0], changed, list[2]]);
  expect(() => edited([service('a')], opened, typed)).toThrow('removed this service');
  expect(types(without(list, 'b'))).toBe('ca');
});

test('a new service gets a name for programs that the list as it is now does not have', () => {
  const { type: _, ...typed } = { ...service(''), name: 'a' };
  expect(added([service('a')], typed).map(({ type }) => type)).toEqual(['a', 'a_b']);
  expect(() => added([], { ...typed, name: '机油' })).toThrow('needs a letter');
});

test('the name of a new service gives one for programs that no other has', () => {
  expect(typeFor('Brake service', [])).toBe('brake_service');
  expect(typeFor('Brake service', ['brake_service'])).toBe('brake_service_b');
  expect(typeFor('Brake service', ['brake_service', 'brake_service_b'])).toBe('brake_service_c');
  expect(typeFor('  Öl & Filter 2 ', [])).toBe('ol_filter');
  expect(typeFor('机油', [])).toBe('');
  expect(typeFor('x'.repeat(60), [])).toHaveLength(36);
});

test.each([
  ['49.95', 4995],
  ['$ 30', 3000],
  ['1,200.5', 120_050],
  ['', null],
  ['0', 0],
  ['cheap', undefined],
  ['4.999', undefined],
  ['-3', undefined],
  ['1,2', undefined],
])('the price %j is %j cents', (text, cents) => {
  expect(centsOf(text)).toBe(cents);
  if (cents) expect(centsOf(priceText(cents))).toBe(cents);
});

test('no price is written as nothing', () => {
  expect(priceText(null)).toBe('');
});

test('bays are read from what separates them, and nothing typed is any bay', () => {
  expect([baysOf(' 1, 3 1'), baysOf(' '), baysOf('1 two'), baysOf('0')]).toEqual([
    [1, 3],
    null,
    undefined,
    undefined,
  ]);
});
