import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { heardDay, partOfDayOf } from '../../src/speech/heard-day.js';
import { spokenDate } from '../../src/speech/spoken-time.js';
import { runs } from '../support/property-runs.js';

// A Thursday, nine in the morning in Chicago.
const context = { zone: 'America/Chicago', now: new Date('2026-11-26T15:00:00Z') };
const heard = (text: string) => {
  const day = heardDay(text, context);
  return day.kind === 'days' ? `${day.from}${day.days > 1 ? ` +${day.days}` : ''}` : day.kind;
};

describe('a day as callers say it', () => {
  test.each([
    ['2026-11-30', '2026-11-30'],
    ['2026-11-30T09:00:00-06:00', '2026-11-30'],
    ['today', '2026-11-26'],
    ['Tomorrow.', '2026-11-27'],
    ['the day after tomorrow', '2026-11-28'],
    ['Monday', '2026-11-30'],
    ['on Mondays', '2026-11-30'],
    ['this Friday', '2026-11-27'],
    ['Thursday', '2026-11-26'],
    ['next Thursday', '2026-12-03'],
    ['Monday next week', '2026-11-30'],
    ['tues', '2026-12-01'],
    ['in three days', '2026-11-29'],
    ['in a week', '2026-12-03'],
    ['in 2 weeks', '2026-12-10'],
    ['November 30', '2026-11-30'],
    ['November 30th, 2026', '2026-11-30'],
    ['November the thirtieth', '2026-11-30'],
    ['Monday, November thirtieth', '2026-11-30'],
    ['30 November', '2026-11-30'],
    ['the 30th of November', '2026-11-30'],
    ['the 30th', '2026-11-30'],
    ['the twenty-ninth', '2026-11-29'],
    ['the fifth', '2026-12-05'],
    ['Dec. 1st', '2026-12-01'],
    ['11/30', '2026-11-30'],
    ['1/5', '2027-01-05'],
    ['Monday the 30th', '2026-11-30'],
  ])('"%s" is %s', (said, day) => expect(heard(said)).toBe(day));

  test.each([
    ['this week', '2026-11-26 +4'],
    ['next week', '2026-11-30 +7'],
    ['early next week', '2026-11-30 +7'],
    ['the week after next', '2026-12-07 +7'],
    ['this weekend', '2026-11-28 +2'],
    ['next month', '2026-12-01 +31'],
  ])('"%s" is several days, without those that are over: %s', (said, days) => expect(heard(said)).toBe(days));

  test.each(['', 'soonest', 'as soon as possible', 'ASAP', 'any day', 'the next available time', 'whenever'])(
    '"%s" is the soonest',
    (said) => expect(heard(said)).toBe('soonest'),
  );

  test.each([
    ['yesterday', 'past'],
    ['November 3rd', 'past'],
    ['2025-11-30', 'past'],
    ['February 30', 'no_such_day'],
    ['2026-02-30', 'no_such_day'],
    ['13/45', 'no_such_day'],
    ['Monday the 31st', 'unclear'],
    ['Tuesday, November 30', 'unclear'],
    ['when the cows come home', 'unclear'],
    ["'; drop table appointments; --", 'unclear'],
    ['x'.repeat(10_000), 'unclear'],
  ])('"%s" is no day that can be had: %s', (said, kind) => expect(heard(said)).toBe(kind));

  test('may come with a part of the day', () => {
    expect(heardDay('tomorrow morning', context)).toMatchObject({ from: '2026-11-27', part: 'morning' });
    expect(heardDay('Monday in the afternoon', context)).toMatchObject({
      from: '2026-11-30',
      part: 'afternoon',
    });
    expect(heardDay('tonight', context)).toMatchObject({ from: '2026-11-26', part: 'evening' });
    expect(heardDay('this afternoon', context)).toMatchObject({ from: '2026-11-26', part: 'afternoon' });
  });

  test('is meant in the shop’s zone', () => {
    const late = { zone: 'America/Chicago', now: new Date('2026-11-27T05:30:00Z') };
    expect(heardDay('today', late)).toMatchObject({ from: '2026-11-26' });
    expect(heardDay('tomorrow', { ...late, zone: 'Europe/Berlin' })).toMatchObject({ from: '2026-11-28' });
  });

  test('is found again in every way in which we say a day ourselves', () => {
    const property = fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(14), (ahead, hour) => {
      const now = new Date(context.now.getTime() + hour * 3_600_000);
      const day = new Date(Date.parse('2026-11-26T18:00:00Z') + ahead * 86_400_000);
      const said = spokenDate(day.toISOString(), { ...context, now }).replace(/^(today|tomorrow), /, '');
      const read = heardDay(said, { ...context, now });
      const iso = day.toISOString().slice(0, 10);
      expect({ said, ...read }).toMatchObject({ said, from: iso, days: 1 });
    });
    fc.assert(property, { numRuns: runs(1_000) });
  });

  test('never throws, whatever the text', () => {
    const words = fc.constantFrom(
      'next',
      'the',
      'of',
      'Monday',
      'May',
      '31',
      '0',
      '1/1/0000',
      'week',
      'in',
      '99',
      '-',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words).map((all) => all.join(' ')),
    );
    const property = fc.property(text, (said) => {
      expect(['days', 'soonest', 'past', 'no_such_day', 'unclear']).toContain(heardDay(said, context).kind);
    });
    fc.assert(property, { numRuns: runs(2_000) });
  });
});

test.each([
  ['2026-11-30T08:00:00-06:00', 'morning'],
  ['2026-11-30T12:00:00-06:00', 'afternoon'],
  ['2026-11-30T23:30:00Z', 'evening'],
])('%s is in the %s', (iso, part) => expect(partOfDayOf(iso, 'America/Chicago')).toBe(part));
