import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { spokenClock, spokenDate, spokenTime, spokenUntil, timesIn } from '../../src/speech/spoken-time.js';
import { runs } from '../support/property-runs.js';

const zone = 'America/Chicago';
const monday = { zone, now: new Date('2026-11-23T12:00:00-06:00') };

describe('a spoken time', () => {
  it.each([
    ['2026-11-23T16:00:00-06:00', "today, Monday the twenty-third, at four o'clock in the afternoon"],
    ['2026-11-24T09:30:00-06:00', 'tomorrow, Tuesday the twenty-fourth, at nine thirty in the morning'],
    ['2026-11-25T12:00:00-06:00', 'Wednesday the twenty-fifth, at twelve noon'],
    ['2026-11-30T17:05:00-06:00', 'Monday the thirtieth, at five oh five in the evening'],
    ['2026-12-01T12:15:00-06:00', 'Tuesday, December first, at twelve fifteen in the afternoon'],
    ['2027-11-02T08:45:00-05:00', 'Tuesday, November second, at eight forty-five in the morning'],
    ['2026-11-24T15:30:00Z', 'tomorrow, Tuesday the twenty-fourth, at nine thirty in the morning'],
    ['2026-11-24T09:30', 'tomorrow, Tuesday the twenty-fourth, at nine thirty in the morning'],
  ])('%s is %s', (iso, words) => {
    expect(spokenTime(iso, monday)).toBe(words);
  });

  it.each([
    ['2026-11-23T13:00:00-06:00', "one o'clock in the afternoon"],
    ['2026-11-24T08:00:00-06:00', "tomorrow at eight o'clock"],
    ['2026-11-24T12:00:00-06:00', 'tomorrow at twelve noon'],
    ['2026-11-29T19:30:00-06:00', 'Sunday at seven thirty in the evening'],
    ['2026-11-30T08:00:00-06:00', "Monday the thirtieth, at eight o'clock"],
    ['2026-12-07T00:30:00-06:00', 'Monday, December seventh, at twelve thirty at night'],
  ])('%s is short after "until": %s', (iso, words) => {
    expect(spokenUntil(iso, monday)).toBe(words);
  });

  it('takes today and tomorrow from the shop, not from UTC', () => {
    const lateEvening = { zone, now: new Date('2026-11-24T04:30:00Z') };
    expect(spokenDate('2026-11-24T09:30:00-06:00', lateEvening)).toBe('tomorrow, Tuesday the twenty-fourth');
    expect(spokenDate('2026-11-30T09:30:00-06:00', lateEvening)).toBe('Monday the thirtieth');
  });

  it('knows tomorrow across the end of a month and of summer time', () => {
    const now = new Date('2026-10-31T23:30:00-05:00');
    expect(spokenDate('2026-11-01T23:00:00-06:00', { zone, now })).toBe('tomorrow, Sunday, November first');
  });

  it('is its day and its time of day, in words and nothing else, for any quarter hour of a year', () => {
    const start = DateTime.fromISO('2026-11-23T12:00', { zone });
    fc.assert(
      fc.property(fc.nat(365 * 96), (quarter) => {
        const iso = start.plus({ minutes: 15 * quarter }).toISO() ?? '';
        const words = spokenTime(iso, monday);
        expect(words).toMatch(/^[A-Za-z][A-Za-z',. -]+[a-z]$/);
        expect(words).toBe(`${spokenDate(iso, monday)}, at ${spokenClock(iso, monday)}`);
      }),
      { numRuns: runs(1000) },
    );
  });

  it('has words for every day of a year', () => {
    const start = DateTime.fromISO('2026-11-23', { zone });
    for (let ahead = 0; ahead < 366; ahead++) {
      const day = spokenDate(start.plus({ days: ahead }).toISO() ?? '', monday);
      expect(day).toMatch(/^(today, |tomorrow, )?[A-Z][a-z]+day( the|, [A-Z][a-z]+) [a-z-]+$/);
    }
  });

  it('tells every two minutes of a day apart', () => {
    const day = DateTime.fromISO('2026-11-24', { zone });
    const words = Array.from({ length: 1440 }, (_, minute) =>
      spokenClock(day.plus({ minutes: minute }).toISO() ?? '', { zone }),
    );
    expect(new Set(words).size).toBe(1440);
    expect(words.filter((said) => !/^[a-z]+( [a-z'-]+)+$/.test(said))).toEqual([]);
  });

  it('tells every two days of the coming month apart', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2025-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
        (now) => {
          const start = DateTime.fromJSDate(now, { zone }).startOf('day');
          const days = Array.from({ length: 60 }, (_, ahead) =>
            spokenDate(start.plus({ days: ahead }).toISO() ?? '', { zone, now }),
          );
          expect(new Set(days).size).toBe(60);
        },
      ),
      { numRuns: runs(25) },
    );
  });

  it.each(['', 'tomorrow', '2026-13-01T00:00:00Z'])('refuses %j', (iso) => {
    expect(() => spokenTime(iso, monday)).toThrow(RangeError);
  });

  it('is said whole or in part, as seen from now', () => {
    const say = timesIn(zone);
    const iso = '2126-11-24T09:30:00-06:00';
    expect(say(iso, 'clock')).toBe('nine thirty in the morning');
    expect(say(iso)).toBe(`${say(iso, 'day')}, at ${say(iso, 'clock')}`);
  });

  it('refuses a zone that is none', () => {
    expect(() => spokenTime('2026-11-24T09:30', { ...monday, zone: 'Mars/Olympus' })).toThrow('Mars/Olympus');
  });
});
