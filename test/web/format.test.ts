import { afterEach, expect, test } from 'vitest';
import type { ShopSettings } from '../../src/web/shell/answers.js';
import {
  dayOf,
  duration,
  isWholeDay,
  maskedNumber,
  phoneNumber,
  whenSeen,
} from '../../src/web/shell/format.js';
import { shop } from '../../src/web/shell/shop.js';

afterEach(() => {
  shop.value = null;
});

test('a number is masked until somebody asks for it, whatever its country, and what is no number stays', () => {
  const numbers = [
    '+15125550142',
    '+442079460123',
    '+4930123456',
    'anonymous',
    'sip:ann@example.test',
    'client:ann',
  ];
  expect(numbers.map(maskedNumber)).toEqual([
    '+1 512 ••• 0142',
    '+44 ••• 123',
    '+49 ••• 456',
    'anonymous',
    'sip:•••',
    'client:•••',
  ]);
  expect(phoneNumber('+15125550142')).toBe('+1 512 555 0142');
});

test('a length has hours only where it needs them, and is never negative', () => {
  expect([-5, 0, 65_900, 3_723_000].map(duration)).toEqual(['0:00', '0:00', '1:05', '1:02:03']);
});

test('days and times are those of the shop, wherever the page is looked at', () => {
  const now = new Date('2026-12-01T04:30:00.000Z');
  shop.value = { timezone: 'America/Chicago' } as ShopSettings;
  expect(dayOf(now)).toBe('2026-11-30');
  expect(whenSeen('2026-11-30T15:00:00.000Z', now)).toBe('today, 9:00 AM');
  expect(whenSeen('2026-11-30T05:00:00.000Z', now)).toBe('yesterday, 11:00 PM');
  shop.value = { timezone: 'Asia/Kathmandu' } as ShopSettings;
  expect(dayOf(now)).toBe('2026-12-01');
});

test('a day is whole when its year is of the book, as it is not while somebody types one', () => {
  const years = ['0002', '0020', '0202', '2026', '20260', '1999', '2199', '2200'];
  expect(years.filter((year) => isWholeDay(`${year}-12-24`))).toEqual(['2026', '2199']);
  expect(isWholeDay('')).toBe(false);
});
