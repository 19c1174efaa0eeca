import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import {
  type BusySlot,
  bookingWindow,
  candidateSlots,
  freeBay,
  type SlotRules,
  slotAt,
} from '../../src/appointments/open-times.js';
import { parseOpeningHours } from '../../src/opening-hours.js';

const CHICAGO = 'America/Chicago';
const workdays: SlotRules = { timezone: CHICAGO, hours: parseOpeningHours('Mon-Fri 08:00-17:00') };

function starts(rules: SlotRules, minutes: number, now: string, count: number): string[] {
  const at = new Date(now);
  const slots = candidateSlots(rules, minutes, at, at);
  return [...slots].slice(0, count).map(({ start }) => local(start, rules.timezone));
}

function local(instant: Date, zone: string): string {
  return DateTime.fromJSDate(instant, { zone }).toFormat('ccc dd HH:mm ZZ');
}

describe('candidate slots', () => {
  test('begin every half hour, at least an hour from now, and end before closing', () => {
    expect(starts(workdays, 60, '2026-03-02T20:15:00Z', 4)).toEqual([
      'Mon 02 15:30 -06:00',
      'Mon 02 16:00 -06:00',
      'Tue 03 08:00 -06:00',
      'Tue 03 08:30 -06:00',
    ]);
  });

  test('end with the horizon', () => {
    const now = new Date('2026-03-02T15:00:00Z');
    const last = [...candidateSlots(workdays, 30, now, now)].at(-1);
    expect(last?.start).toEqual(DateTime.fromISO('2026-03-16T09:00', { zone: CHICAGO }).toJSDate());
    expect([...candidateSlots(workdays, 30, new Date('2026-03-17T15:00:00Z'), now)]).toEqual([]);
  });

  test('never fit a service that is longer than the day', () => {
    const rules = { ...workdays, hours: parseOpeningHours('Sat 09:00-10:00') };
    expect(starts(rules, 120, '2026-03-02T15:00:00Z', 1)).toEqual([]);
  });

  test('leave out the hour that the spring night skips', () => {
    const rules = { timezone: CHICAGO, hours: parseOpeningHours('Sun 00:00-05:00'), leadMinutes: 0 };
    expect(starts(rules, 60, '2026-03-08T06:00:00Z', 7)).toEqual([
      'Sun 08 00:00 -06:00',
      'Sun 08 00:30 -06:00',
      'Sun 08 01:00 -06:00',
      'Sun 08 01:30 -06:00',
      'Sun 08 03:00 -05:00',
      'Sun 08 03:30 -05:00',
      'Sun 08 04:00 -05:00',
    ]);
  });

  test('offer the hour that the autumn night repeats once', () => {
    const rules = { timezone: 'Europe/Berlin', hours: parseOpeningHours('Sun 01:00-04:00'), leadMinutes: 0 };
    expect(starts(rules, 60, '2026-10-24T22:00:00Z', 5)).toEqual([
      'Sun 25 01:00 +02:00',
      'Sun 25 01:30 +02:00',
      'Sun 25 02:00 +02:00',
      'Sun 25 02:30 +02:00',
      'Sun 25 03:00 +01:00',
    ]);
  });
});

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
const span = fc
  .tuple(fc.integer({ min: 0, max: 1435 }), fc.integer({ min: 1, max: 900 }))
  .map(([opens, length]) => {
    return { opens, closes: Math.min(opens + length, 1440) };
  });
const anyHours = fc
  .array(fc.option(span, { nil: null }), { minLength: 7, maxLength: 7 })
  .filter((days) => days.some(Boolean))
  .map((days) => {
    const names = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
    const parts = days.flatMap((day, i) =>
      day ? [`${names[i]} ${clock(day.opens)}-${clock(day.closes)}`] : [],
    );
    return parseOpeningHours(parts.join(', '));
  });
const zoneAndTime = fc.constantFrom(
  { timezone: CHICAGO, around: '2026-03-08T08:00:00Z' },
  { timezone: CHICAGO, around: '2026-11-01T07:00:00Z' },
  { timezone: 'Europe/Berlin', around: '2026-03-29T01:00:00Z' },
  { timezone: 'Europe/Berlin', around: '2026-10-25T01:00:00Z' },
  { timezone: 'Australia/Lord_Howe', around: '2026-10-03T15:30:00Z' },
  { timezone: 'America/Santiago', around: '2026-09-06T04:00:00Z' },
);
const scenario = fc.record({
  place: zoneAndTime,
  hours: anyHours,
  hoursBefore: fc.integer({ min: -24, max: 60 }),
  minutes: fc.constantFrom(30, 60, 120),
  bays: fc.integer({ min: 1, max: 3 }),
  wishes: fc.array(fc.nat({ max: 400 }), { maxLength: 30 }),
});

describe('open times, whatever the hours, the zone and the season', () => {
  test('lie within opening hours by the clock on the wall, begin in the window and come in order', {
    timeout: 60_000,
  }, () => {
    fc.assert(
      fc.property(scenario, ({ place, hours, hoursBefore, minutes }) => {
        const rules = { timezone: place.timezone, hours, horizonDays: 3 };
        const now = new Date(Date.parse(place.around) - hoursBefore * 3_600_000);
        const { earliest, latest } = bookingWindow(rules, now);
        let previous = now;
        for (const slot of candidateSlots(rules, minutes, now, now)) {
          const inWindow = earliest <= slot.start && slot.start <= latest;
          const length = slot.end.getTime() - slot.start.getTime();
          const isRight = inWindow && previous < slot.start && length === minutes * 60_000;
          if (!isRight || !isOpenOnTheWall(rules, slot)) return false;
          previous = slot.start;
        }
        return slotAt(rules, minutes, previous, now) !== null || previous === now;
      }),
    );
  });

  test('are never sold beyond the bays', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(scenario, ({ place, hours, hoursBefore, minutes, bays, wishes }) => {
        const now = new Date(Date.parse(place.around) - hoursBefore * 3_600_000);
        const slots = [
          ...candidateSlots({ timezone: place.timezone, hours, horizonDays: 3 }, minutes, now, now),
        ];
        const sold: BusySlot[] = [];
        for (const wish of wishes) {
          const slot = slots[wish % Math.max(slots.length, 1)];
          const bay = slot ? freeBay(slot, sold, bays) : null;
          if (slot && bay !== null) sold.push({ ...slot, bay });
        }
        for (const { start } of sold) {
          const atOnce = sold.filter((other) => other.start <= start && start < other.end);
          expect(atOnce.length).toBeLessThanOrEqual(bays);
          expect(new Set(atOnce.map(({ bay }) => bay)).size).toBe(atOnce.length);
        }
      }),
    );
  });
});

function isOpenOnTheWall({ hours, timezone }: SlotRules, slot: { start: Date; end: Date }): boolean {
  const [start, end] = [slot.start, slot.end].map((instant) =>
    DateTime.fromJSDate(instant, { zone: timezone }),
  );
  if (!start || !end) return false;
  const startMinute = start.hour * 60 + start.minute;
  const endMinute = end.hasSame(start, 'day') ? end.hour * 60 + end.minute : 1440;
  const spans = hours[start.weekday - 1] ?? [];
  return spans.some(({ opens, closes }) => opens <= startMinute && endMinute <= closes);
}

test('a bay that the shop no longer has still counts as one taken', () => {
  const slot = { start: new Date(0), end: new Date(1000) };
  expect(freeBay(slot, [], 2)).toBe(1);
  expect(freeBay(slot, [{ ...slot, bay: 1 }], 2)).toBe(2);
  expect(freeBay(slot, [{ ...slot, bay: 3 }], 2)).toBe(1);
  expect(
    freeBay(
      slot,
      [
        { ...slot, bay: 3 },
        { ...slot, bay: 1 },
      ],
      2,
    ),
  ).toBeNull();
});
