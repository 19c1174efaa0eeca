import { expect, test } from 'vitest';
import type { Service } from '../../../src/web/shell/answers.js';
import { baysOf, centsOf, moved, priceText, typeFor } from '../../../src/web/shop/service-list.js';

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
  expect([types(moved(list, 2, 0)), types(moved(list, 0, 1))]).toEqual(['cab', 'bac']);
  expect(moved(list, 0, -1)).toBe(list);
  expect(moved(list, 2, 3)).toBe(list);
  expect(moved(list, 5, 0)).toBe(list);
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
