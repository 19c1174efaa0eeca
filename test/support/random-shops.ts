import fc from 'fast-check';
import type { BusySlot } from '../../src/appointments/busy-bays.js';
import { type OpeningHours, parseOpeningHours } from '../../src/core/opening-hours.js';
import type { Closure } from '../../src/shop/closure.js';
import type { Service } from '../../src/shop/service.js';
import type { BookingRules } from '../../src/shop/shop.js';
import { serviceOf } from './shop-rules.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Zones of odd offsets, and times around which their clocks are changed, or the year is a leap year. */
export const PLACES = [
  { timezone: 'America/Chicago', around: '2026-03-08T08:00:00Z' },
  { timezone: 'America/Chicago', around: '2026-11-01T07:00:00Z' },
  { timezone: 'America/St_Johns', around: '2026-03-08T05:30:00Z' },
  // Here the clock was changed a minute after midnight.
  { timezone: 'America/St_Johns', around: '2010-11-07T02:31:00Z' },
  { timezone: 'Europe/Berlin', around: '2026-03-29T01:00:00Z' },
  { timezone: 'Europe/Berlin', around: '2026-10-25T01:00:00Z' },
  { timezone: 'Australia/Lord_Howe', around: '2026-10-03T15:30:00Z' },
  { timezone: 'Australia/Lord_Howe', around: '2026-04-04T15:00:00Z' },
  { timezone: 'Pacific/Chatham', around: '2026-09-26T14:00:00Z' },
  { timezone: 'Asia/Kathmandu', around: '2028-02-28T18:15:00Z' },
  { timezone: 'America/New_York', around: '2028-02-29T05:00:00Z' },
  // A day that does not exist.
  { timezone: 'Pacific/Apia', around: '2011-12-30T10:00:00Z' },
  // A midnight that does not exist.
  { timezone: 'America/Santiago', around: '2026-09-06T04:00:00Z' },
  { timezone: 'Africa/Cairo', around: '2026-04-23T22:00:00Z' },
  // One that comes twice, or after an hour that does.
  { timezone: 'America/Havana', around: '2026-11-01T05:00:00Z' },
  { timezone: 'America/Santiago', around: '2026-04-05T03:00:00Z' },
  { timezone: 'Asia/Beirut', around: '2026-10-24T21:00:00Z' },
] as const;

/** A shop at one moment, with what is taken already. */
export interface RandomWeek {
  readonly rules: BookingRules;
  readonly around: string;
  readonly now: Date;
  readonly busy: readonly BusySlot[];
}

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
const anySpan = fc
  .record({ opens: fc.nat({ max: 1439 }), closes: fc.nat({ max: 1440 }), step: fc.constantFrom(1, 30) })
  .map(({ opens, closes, step }) => ({ opens: opens - (opens % step), closes: closes - (closes % step) }))
  .filter(({ opens, closes }) => opens !== closes % 1440)
  .map(({ opens, closes }) => `${clock(opens)}-${clock(closes)}`);
const days = fc.constantFrom(
  'Mon',
  'Tue',
  'Wed',
  'Thu',
  'Fri',
  'Sat',
  'Sun',
  'Mon-Sun',
  'Sat-Mon',
  'Mon-Fri',
);

/** Lunch breaks, nights, spans that touch and days without any. */
export const anyHours: fc.Arbitrary<OpeningHours> = fc
  .oneof(
    { weight: 3, arbitrary: fc.constant('Mon-Fri 08:00-12:00, 13:00-17:00, Sat 09:00-12:30') },
    {
      weight: 2,
      arbitrary: fc.constantFrom('Mon-Fri 08:00-17:00', '24/7', 'Fri-Sun 18:00-02:00', 'Mon-Sun 00:00-06:00'),
    },
    {
      weight: 3,
      arbitrary: fc
        .array(fc.tuple(days, anySpan), { minLength: 1, maxLength: 9 })
        .map((parts) => parts.map((part) => part.join(' ')).join(', ')),
    },
  )
  .map(parseOpeningHours);

const service = (index: number, bays: number): fc.Arbitrary<Service> =>
  fc
    .record({
      minutes: fc.constantFrom(5, 20, 30, 45, 60, 90, 120, 240, 300, 540, 1500),
      after_minutes: fc.constantFrom(0, 0, 0, 15, 60, 700),
      bays: fc.option(
        fc.subarray(
          Array.from({ length: bays + 1 }, (_, bay) => bay + 1),
          { minLength: 1 },
        ),
        { freq: 3 },
      ),
      bookable: fc.integer({ max: 9, min: 0 }).map((n) => n > 0),
      carries_over: fc.integer({ max: 3, min: 0 }).map((n) => n === 0),
    })
    .map(({ minutes, ...more }) => serviceOf(minutes, { ...more, type: `service_${index}` }));

const closure = (around: string, bays: number): fc.Arbitrary<Closure> =>
  fc
    .record({
      first: fc.integer({ min: -4, max: 12 }),
      length: fc.constantFrom(0, 0, 0, 1, 3, 12, 40),
      bay: fc.option(fc.integer({ min: 1, max: bays }), { freq: 2 }),
      hours: fc.option(
        fc.constantFrom(
          '10:00-14:00',
          '09:00-12:00, 13:10-15:30',
          '00:00-24:00',
          '07:30-19:00',
          '22:00-24:00',
        ),
        { freq: 2 },
      ),
    })
    .map(({ first, length, bay, hours }) => {
      const day = (n: number) => new Date(Date.parse(around) + n * DAY_MS).toISOString().slice(0, 10);
      return { id: 1, from: day(first), to: day(first + length), bay, hours, reason: null };
    });

const taken = (around: string, bays: number): fc.Arbitrary<BusySlot> =>
  fc
    .record({
      bay: fc.integer({ min: 1, max: bays + 1 }),
      quarter: fc.integer({ min: -200, max: 800 }),
      quarters: fc.constantFrom(1, 2, 4, 8, 30, 100),
    })
    .map(({ bay, quarter, quarters }) => {
      const start = Date.parse(around) + quarter * (HOUR_MS / 4);
      return { bay, start: new Date(start), end: new Date(start + quarters * (HOUR_MS / 4)) };
    });

/** A shop of nine services at a time in which something is odd. */
export const randomWeek: fc.Arbitrary<RandomWeek> = fc
  .record({ place: fc.constantFrom(...PLACES), bays: fc.integer({ min: 1, max: 4 }) })
  .chain(({ place: { timezone, around }, bays }) =>
    fc
      .record({
        hours: anyHours,
        leadMinutes: fc.constantFrom(0, 120, 120, 120, 1440, 4000),
        sameDayUntil: fc.option(fc.integer({ min: 0, max: 1439 }), { freq: 2 }),
        horizonDays: fc.integer({ min: 0, max: 7 }),
        slotMinutes: fc.constantFrom(5, 15, 20, 30, 30, 30, 45, 50, 60, 240),
        services: fc.tuple(...Array.from({ length: 9 }, (_, index) => service(index, bays))),
        closures: fc.array(closure(around, bays), { maxLength: 4 }),
        busy: fc.array(taken(around, bays), { maxLength: 25 }),
        minutesBefore: fc.integer({ min: -1440, max: 4300 }),
      })
      .map(({ busy, minutesBefore, ...rules }) => ({
        rules: { ...rules, timezone, bays },
        around,
        busy,
        now: new Date(Date.parse(around) - minutesBefore * 60_000 + 12_345),
      })),
  );

/** A usual shop: nine services, lunch breaks, a holiday, a blocked bay, two hours' notice. */
export const usualWeek: fc.Arbitrary<RandomWeek> = fc
  .record({
    place: fc.constantFrom(...PLACES),
    bays: fc.integer({ min: 2, max: 4 }),
    holiday: fc.integer({ min: -1, max: 6 }),
    blocked: fc.integer({ min: -2, max: 6 }),
    minutesBefore: fc.integer({ min: -1440, max: 4300 }),
  })
  .chain(({ place: { timezone, around }, bays, holiday, blocked, minutesBefore }) => {
    const day = (n: number) => new Date(Date.parse(around) + n * DAY_MS).toISOString().slice(0, 10);
    const closures = [
      { id: 1, from: day(holiday), to: day(holiday), bay: null, hours: null, reason: null },
      { id: 2, from: day(blocked), to: day(blocked + 2), bay: 1, hours: null, reason: null },
    ];
    const set = {
      timezone,
      bays,
      closures,
      leadMinutes: 120,
      sameDayUntil: null,
      slotMinutes: 30,
      horizonDays: 7,
    };
    const hours = parseOpeningHours('Mon-Sat 08:00-12:00, 13:00-17:30');
    return fc.tuple(...Array.from({ length: 9 }, (_, index) => service(index, bays))).map((services) => ({
      rules: { ...set, hours, services },
      around,
      busy: [],
      now: new Date(Date.parse(around) - minutesBefore * 60_000 + 12_345),
    }));
  });
