import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromShopTime, shopInstants, toShopTime } from '../../src/database/shop-time.js';
import { runs } from '../support/property-runs.js';

const read = (text: string, timezone = 'America/Chicago') =>
  fromShopTime(text, timezone)?.toISOString() ?? null;

describe('a time is read', () => {
  test.each([
    ['2026-11-24', 'America/Chicago', '2026-11-24T06:00:00.000Z'],
    ['2026-11-24', 'Pacific/Kiritimati', '2026-11-23T10:00:00.000Z'],
    ['2026-11-24', 'Pacific/Pago_Pago', '2026-11-24T11:00:00.000Z'],
    ['2026-11-24T09:30', 'America/Chicago', '2026-11-24T15:30:00.000Z'],
    ['2026-11-24T09:30:15', 'America/Chicago', '2026-11-24T15:30:15.000Z'],
    ['2026-11-24T09:30:15.25Z', 'America/Chicago', '2026-11-24T09:30:15.250Z'],
    ['2026-11-24T09:30Z', 'Asia/Tokyo', '2026-11-24T09:30:00.000Z'],
    ['2026-11-24T09:30:00-06:00', 'Asia/Tokyo', '2026-11-24T15:30:00.000Z'],
    ['2026-11-24T09:30:00+0530', 'Asia/Tokyo', '2026-11-24T04:00:00.000Z'],
    ['2028-02-29', 'UTC', '2028-02-29T00:00:00.000Z'],
    ['1900-01-01', 'UTC', '1900-01-01T00:00:00.000Z'],
    ['2199-12-31T23:59:59Z', 'UTC', '2199-12-31T23:59:59.000Z'],
    // The days on which clocks are changed: of a time that comes twice the first, and midnight is the day's beginning.
    ['2026-03-08', 'America/Chicago', '2026-03-08T06:00:00.000Z'],
    ['2026-03-09', 'America/Chicago', '2026-03-09T05:00:00.000Z'],
    ['2026-11-01T01:30', 'America/Chicago', '2026-11-01T06:30:00.000Z'],
    ['2026-11-01T01:30:00-06:00', 'America/Chicago', '2026-11-01T07:30:00.000Z'],
    ['2026-03-08', 'America/Havana', '2026-03-08T05:00:00.000Z'],
    ['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00.000Z'],
  ])('%s in %s is %s', (text, timezone, instant) => {
    expect(read(text, timezone)).toBe(instant);
  });
});

test.each([
  '',
  '1',
  'today',
  '2026',
  '2026-11',
  '20261124',
  '0000-01-01',
  '0001-01-01',
  '1899-12-31',
  '2200-01-01',
  '9999-12-31',
  '+275760-09-13',
  '-000001-01-01',
  '2026-02-29',
  '2026-02-30',
  '2026-04-31',
  '2026-13-01',
  '2026-00-10',
  '2026-11-00',
  '2026-11-32',
  '2026-11-24T24:00',
  '2026-11-24T23:60',
  '2026-11-24T23:59:60',
  '2026-11-24T23:59:61Z',
  '2026-11-24T9:30',
  '2026-11-24T09',
  '2026-11-24T',
  '2026-11-24 09:30',
  '2026-11-24T09:30:00 01:00',
  '2026-11-24T09:30+25:00',
  '2026-11-24T09:30+01:60',
  '2026-11-24T09:30-15:00',
  '2026-11-24Z',
  '2026-W48-2',
  '2026-328',
  '11/24/2026',
  '1764000000',
  '1764000000000',
  '2026-11-24T09:30:00.',
  '2026-11-24\u0000',
  '２０２６-11-24',
  // Skipped by the shop's clock.
  '2026-03-08T02:30',
])('%j is no time', (text) => {
  expect(read(text)).toBeNull();
});

test('what is written in the time of a shop is read back as it was, in every zone', () => {
  const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
  const instant = fc.date({
    min: new Date('1973-01-01Z'),
    max: new Date('2190-01-01Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(zone, instant, (timezone, date) => {
      date.setUTCMilliseconds(0);
      expect(fromShopTime(toShopTime(date, timezone), timezone)).toEqual(date);
    }),
  );
});

test('any text at all is a time of these years or none', () => {
  const part = fc.constantFrom(
    '2026',
    '19',
    '-',
    '01',
    '31',
    'T',
    ':',
    '24',
    '00',
    '60',
    '+',
    'Z',
    '.5',
    ' ',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part, { maxLength: 14 }).map((parts) => parts.join('')),
      ),
      (text) => {
        const year = fromShopTime(text, 'UTC')?.getUTCFullYear() ?? 2000;
        expect(year).toBeGreaterThan(1898);
        expect(year).toBeLessThan(2201);
      },
    ),
    { numRuns: runs(1000) },
  );
});

test('every field that is no time is named, and what is absent stays absent', () => {
  expect(shopInstants({ from: '2026-11-24T00:00Z', to: undefined }, 'UTC')).toEqual({
    from: new Date('2026-11-24'),
  });
  const wrong = () => shopInstants({ from: 'x', to: '2026-02-30' }, 'UTC');
  expect(wrong).toThrow(/^from and to must be/);
  expect(wrong).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
});
