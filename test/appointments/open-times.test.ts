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
import { parseOpeningHours } from '../../src/core/opening-hours.js';
import { runs } from '../support/property-runs.js';

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

describe('open times that touch midnight', () => {
  const at = (hours: string, minutes: number, time: string) => {
    const rules = { timezone: CHICAGO, hours: parseOpeningHours(hours), leadMinutes: 0 };
    return slotAt(rules, minutes, new Date(`${time}:00-06:00`), new Date('2026-12-01T06:00:00Z')) !== null;
  };
  // The first of December 2026 is a Tuesday.
  test.each([
    ['Mon-Sun 00:00-24:00', 120, '2026-12-01T22:00', true],
    ['Mon-Sun 00:00-24:00', 120, '2026-12-01T23:30', true],
    ['Mon-Sun 00:00-24:00', 60, '2026-12-06T23:30', true],
    ['24/7', 60, '2026-12-06T23:30', true],
    ['Mon-Tue 00:00-24:00', 60, '2026-12-01T23:30', false],
    ['Mon-Tue 00:00-24:00', 30, '2026-12-01T23:30', true],
    ['Fri 18:00-24:00, Sat 00:00-02:00', 120, '2026-12-04T23:30', true],
    ['Fri 18:00-24:00, Sat 00:00-02:00', 120, '2026-12-05T00:00', true],
    ['Fri 18:00-24:00, Sat 00:00-02:00', 120, '2026-12-05T00:30', false],
    ['Fri 18:00-02:00', 60, '2026-12-04T23:30', true],
    ['Fri 18:00-02:00', 60, '2026-12-05T01:00', true],
    ['Fri 18:00-02:00', 60, '2026-12-05T01:30', false],
    ['Fri 18:15-02:00', 60, '2026-12-05T00:15', true],
    ['Fri 18:15-02:00', 60, '2026-12-05T00:00', false],
    ['Fri 18:00-02:00', 60, '2026-12-11T23:30', true],
    ['Sun 22:00-06:00', 60, '2026-12-06T23:30', true],
    ['Sun 22:00-06:00', 60, '2026-12-07T05:00', true],
    ['Sun 22:00-06:00', 60, '2026-12-07T05:30', false],
    ['22:00-06:00', 120, '2026-12-02T23:00', true],
    ['22:00-06:00', 120, '2026-12-02T04:30', false],
    ['Tue 18:00-24:00, Wed 00:30-02:00', 60, '2026-12-01T23:30', false],
    ['Tue 08:00-12:00, 12:00-17:00', 60, '2026-12-01T11:30', true],
    ['Tue 08:00-12:00, Tue 13:00-17:00', 60, '2026-12-01T11:30', false],
    ['Tue 08:00-14:00, Tue 13:00-17:00', 120, '2026-12-01T13:00', true],
  ])('%s: %d minutes at %s can be booked: %s', (hours, minutes, time, can) => {
    expect(at(hours, minutes, time)).toBe(can);
  });
});

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
const span = fc
  .record({ opens: fc.nat({ max: 1439 }), closes: fc.nat({ max: 1440 }) })
  .filter(({ opens, closes }) => opens !== closes % 1440);
const halfHours = span.map(({ opens, closes }) => ({
  opens: opens - (opens % 30),
  closes: closes - (closes % 30),
}));
const oneSpan = fc.oneof(
  span,
  halfHours.filter(({ opens, closes }) => opens !== closes % 1440),
);
// Nights, breaks, spans that touch and days without any.
const anyHours = fc.oneof(
  fc.constant(parseOpeningHours('24/7')),
  fc.constant(parseOpeningHours('Fri-Sun 18:00-02:00')),
  fc
    .array(
      fc.record({
        day: fc.constantFrom('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun', 'Mon-Sun', 'Sat-Mon'),
        span: oneSpan,
      }),
      {
        minLength: 1,
        maxLength: 9,
      },
    )
    .map((parts) =>
      parseOpeningHours(
        parts.map(({ day, span: { opens, closes } }) => `${day} ${clock(opens)}-${clock(closes)}`).join(', '),
      ),
    ),
);
const zoneAndTime = fc.constantFrom(
  { timezone: CHICAGO, around: '2026-03-08T08:00:00Z' },
  { timezone: CHICAGO, around: '2026-11-01T07:00:00Z' },
  { timezone: 'Europe/Berlin', around: '2026-03-29T01:00:00Z' },
  { timezone: 'Europe/Berlin', around: '2026-10-25T01:00:00Z' },
  { timezone: 'Australia/Lord_Howe', around: '2026-10-03T15:30:00Z' },
  { timezone: 'Australia/Lord_Howe', around: '2026-04-04T15:00:00Z' },
  { timezone: 'Pacific/Chatham', around: '2026-09-26T14:00:00Z' },
  { timezone: 'Asia/Kathmandu', around: '2026-06-01T00:00:00Z' },
  // A midnight that does not exist.
  { timezone: 'America/Santiago', around: '2026-09-06T04:00:00Z' },
  { timezone: 'America/Asuncion', around: '2023-10-01T04:00:00Z' },
  { timezone: 'Asia/Beirut', around: '2026-03-28T22:00:00Z' },
  { timezone: 'Africa/Cairo', around: '2026-04-23T22:00:00Z' },
  // One that comes twice, or after an hour that does.
  { timezone: 'America/Havana', around: '2026-11-01T05:00:00Z' },
  { timezone: 'America/Santiago', around: '2026-04-05T03:00:00Z' },
  { timezone: 'Asia/Beirut', around: '2026-10-24T21:00:00Z' },
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
  test('are those that a look at every minute finds, in order, and no others', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(scenario, ({ place, hours, hoursBefore, minutes }) => {
        const rules = { timezone: place.timezone, hours, horizonDays: 3 };
        const now = new Date(Date.parse(place.around) - hoursBefore * 3_600_000);
        const offered = [...candidateSlots(rules, minutes, now, now)];
        expect(offered.map(({ start }) => start.toISOString())).toEqual(
          startsByMinute(rules, minutes, now, place.around),
        );
        for (const { start, end } of offered) expect(end.getTime() - start.getTime()).toBe(minutes * 60_000);
        const [first] = offered;
        return !first || slotAt(rules, minutes, first.start, now) !== null;
      }),
      { numRuns: runs(150) },
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

/** A minute as the clock on the wall shows it. */
interface WallMinute {
  readonly instant: number;
  readonly ofWeek: number;
  /** It has been shown before: the hour that autumn repeats. */
  readonly isRepeated: boolean;
}

const minutesAround = new Map<string, readonly WallMinute[]>();

/** Every minute from four days before `around` to eight days after it. */
function wallMinutes(timezone: string, around: string): readonly WallMinute[] {
  const known = minutesAround.get(timezone + around);
  if (known) return known;
  const seen = new Set<string>();
  const from = Date.parse(around) - 4 * 86_400_000;
  const minutes = Array.from({ length: 12 * 1440 }, (_, i) => {
    const instant = from + i * 60_000;
    const wall = DateTime.fromMillis(instant, { zone: timezone });
    const shown = `${wall.ordinal} ${wall.hour} ${wall.minute}`;
    const isRepeated = seen.has(shown);
    seen.add(shown);
    return { instant, ofWeek: (wall.weekday - 1) * 1440 + wall.hour * 60 + wall.minute, isRepeated };
  });
  minutesAround.set(timezone + around, minutes);
  return minutes;
}

/** The plain model: a slot begins half hours after an opening and is open in each of its minutes. */
function startsByMinute(rules: SlotRules, length: number, now: Date, around: string): string[] {
  const { earliest, latest } = bookingWindow(rules, now);
  const isOpen = Array.from({ length: 7 * 1440 }, (_, ofWeek) => {
    const spans = rules.hours[Math.floor(ofWeek / 1440)] ?? [];
    return spans.some(({ opens, closes }) => opens <= ofWeek % 1440 && ofWeek % 1440 < closes);
  });
  const sinceOpening = (ofWeek: number) => {
    let passed = 0;
    while (passed < 7 * 1440 && isOpen[(ofWeek - passed - 1 + 7 * 1440) % (7 * 1440)]) passed += 1;
    return passed < 7 * 1440 ? passed : ofWeek;
  };
  const minutes = wallMinutes(rules.timezone, around);
  return minutes.flatMap(({ instant, ofWeek, isRepeated }, i) => {
    if (isRepeated || !isOpen[ofWeek] || instant < earliest.getTime() || instant > latest.getTime())
      return [];
    const fits = minutes.slice(i, i + length).every((minute) => isOpen[minute.ofWeek]);
    return fits && sinceOpening(ofWeek) % 30 === 0 ? [new Date(instant).toISOString()] : [];
  });
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
