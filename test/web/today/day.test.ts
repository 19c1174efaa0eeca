import { describe, expect, test } from 'vitest';
import {
  blocksOf,
  freeBays,
  freeStarts,
  looksFree,
  nearestStart,
  withMoved,
} from '../../../src/web/today/blocks.js';
import {
  type Booked,
  closedSpans,
  type Day,
  dayAfter,
  frameOf,
  hourLines,
  lengthOf,
  minuteOf,
  nowMinute,
} from '../../../src/web/today/day.js';

const at = (clock: string, offset = '-06:00') => `2026-11-24T${clock}:00${offset}`;

function booked(id: number, from: string, to: string, more: Partial<Booked> = {}): Booked {
  return {
    id,
    service_type: 'brakes',
    service_name: 'brake service',
    date: at(from),
    ends_at: at(to),
    free_at: null,
    bay: 1,
    status: 'booked',
    confirmed: true,
    notes: null,
    caller_phone: null,
    customer_id: null,
    vehicle_id: null,
    call_sid: null,
    test: false,
    customer: null,
    vehicle: null,
    ...more,
  };
}

function dayOf(more: Partial<Day> = {}): Day {
  const hours = Array.from({ length: 24 }, (_, hour) => at(`${String(hour).padStart(2, '0')}:00`));
  const open = [
    { from: at('08:30'), to: at('12:00') },
    { from: at('13:00'), to: at('17:00') },
  ];
  return {
    day: '2026-11-24',
    today: '2026-11-24',
    now: at('09:10'),
    timezone: 'America/Chicago',
    begins_at: at('00:00'),
    ends_at: '2026-11-25T00:00:00-06:00',
    hours,
    starts: [at('08:30'), at('09:00'), at('09:30'), at('13:00')],
    bays: [
      { bay: 1, open },
      { bay: 2, open: [] },
    ],
    closures: [],
    appointments: [],
    held: [],
    week: [],
    ...more,
  };
}

/** The day on which the clock of Chicago is put back, open from midnight to 03:00 by the wall. */
const AUTUMN = dayOf({
  begins_at: '2026-11-01T00:00:00-05:00',
  ends_at: '2026-11-02T00:00:00-06:00',
  hours: [
    '2026-11-01T00:00:00-05:00',
    '2026-11-01T01:00:00-05:00',
    '2026-11-01T01:00:00-06:00',
    '2026-11-01T02:00:00-06:00',
    '2026-11-01T03:00:00-06:00',
    '2026-11-01T04:00:00-06:00',
  ],
  bays: [{ bay: 1, open: [{ from: '2026-11-01T00:00:00-05:00', to: '2026-11-01T03:00:00-06:00' }] }],
});
const SPRING = dayOf({
  begins_at: '2026-03-08T00:00:00-06:00',
  ends_at: '2026-03-09T00:00:00-05:00',
  hours: [
    '2026-03-08T00:00:00-06:00',
    '2026-03-08T01:00:00-06:00',
    '2026-03-08T03:00:00-05:00',
    '2026-03-08T04:00:00-05:00',
  ],
  bays: [{ bay: 1, open: [{ from: '2026-03-08T01:00:00-06:00', to: '2026-03-08T04:00:00-05:00' }] }],
});

describe('the grid of a day', () => {
  test('is drawn from the full hour before the first opening to the one after the last', () => {
    expect(frameOf(dayOf())).toEqual({ from: 8 * 60, to: 17 * 60 });
    const early = booked(1, '06:15', '07:00');
    expect(frameOf(dayOf({ appointments: [early] }))?.from).toBe(6 * 60);
    expect(frameOf(dayOf({ bays: [{ bay: 1, open: [] }] }))).toBeNull();
    const gone = { ...early, status: 'cancelled' as const };
    expect(frameOf(dayOf({ appointments: [gone], bays: [] }))).toBeNull();
    expect(frameOf(dayOf({ appointments: [gone] }))?.from).toBe(8 * 60);
  });

  test('has the repeated hour of a day of 25 hours twice, and everything after it an hour lower', () => {
    expect(lengthOf(AUTUMN)).toBe(25 * 60);
    const frame = frameOf(AUTUMN) ?? { from: 0, to: 0 };
    expect(frame).toEqual({ from: 0, to: 240 });
    expect(hourLines(AUTUMN, frame).map(({ minute, isRepeated }) => [minute, isRepeated])).toEqual([
      [0, false],
      [60, false],
      [120, true],
      [180, false],
      [240, false],
    ]);
    expect(minuteOf(AUTUMN, '2026-11-01T02:30:00-06:00')).toBe(210);
  });

  test('leaves the skipped hour of a day of 23 hours out', () => {
    expect(lengthOf(SPRING)).toBe(23 * 60);
    const frame = frameOf(SPRING) ?? { from: 0, to: 0 };
    expect(hourLines(SPRING, frame).map(({ minute, time }) => [minute, time.slice(11, 16)])).toEqual([
      [60, '01:00'],
      [120, '03:00'],
      [180, '04:00'],
    ]);
  });

  test('shades what a bay is closed for, all of it for a bay that is not open', () => {
    const frame = { from: 480, to: 1020 };
    expect(closedSpans(dayOf(), 1, frame)).toEqual([
      { from: 480, to: 510 },
      { from: 720, to: 780 },
    ]);
    expect(closedSpans(dayOf(), 2, frame)).toEqual([frame]);
  });

  test('has the line of now where the clock has gone on since the answer, and none on another day', () => {
    expect(nowMinute(dayOf(), 5 * 60_000)).toBe(9 * 60 + 15);
    expect(nowMinute(dayOf({ now: '2026-11-25T00:00:00-06:00' }), 0)).toBeNull();
    expect(nowMinute(dayOf({ now: '2026-11-23T23:59:00-06:00' }), 0)).toBeNull();
    expect(nowMinute({ ...AUTUMN, now: '2026-11-01T01:30:00-06:00' }, 0)).toBe(150);
  });

  test('goes to the day before and after by the calendar', () => {
    expect([dayAfter('2026-11-01', 1), dayAfter('2026-03-01', -1)]).toEqual(['2026-11-02', '2026-02-28']);
  });
});

describe('the blocks of a bay', () => {
  const frame = { from: 480, to: 1020 };
  const drawn = (...appointments: Booked[]) =>
    blocksOf(dayOf({ appointments }), 1, frame).map(({ booked: { id }, lane, lanes }) => [id, lane, lanes]);

  test('share the width only where they overlap', () => {
    const missed = booked(1, '09:00', '10:00', { status: 'no_show' });
    expect(drawn(missed, booked(2, '09:30', '10:30'), booked(3, '10:30', '11:00'))).toEqual([
      [1, 0, 2],
      [2, 1, 2],
      [3, 0, 1],
    ]);
    expect(drawn(missed, booked(2, '09:30', '10:30'), booked(4, '10:00', '11:00'))).toEqual([
      [1, 0, 2],
      [2, 1, 2],
      [4, 0, 2],
    ]);
  });

  test('are those of this bay that are not cancelled, cut to what is drawn', () => {
    const long = booked(5, '07:00', '18:00');
    expect(
      drawn(booked(1, '09:00', '10:00', { status: 'cancelled' }), booked(2, '09:00', '10:00', { bay: 2 })),
    ).toEqual([]);
    expect(blocksOf(dayOf({ appointments: [long] }), 1, frame)[0]).toMatchObject({
      ...frame,
      beganBefore: true,
      goesOn: true,
    });
  });

  test('keep the bay for the time after the work, unless the car is gone', () => {
    const after = { free_at: at('10:30') };
    const ends = (more: Partial<Booked>) =>
      blocksOf(dayOf({ appointments: [booked(1, '09:00', '10:00', { ...after, ...more })] }), 1, frame)[0]
        ?.freeTo;
    expect([ends({}), ends({ status: 'completed' })]).toEqual([630, 600]);
  });
});

describe('a time of the grid', () => {
  test('looks free when the bay is open and nothing keeps it, and to an appointment that is moved its own is free', () => {
    const day = dayOf({
      appointments: [booked(1, '09:00', '09:30')],
      held: [{ bay: 1, from: at('13:00'), to: at('13:30') }],
    });
    expect(freeBays(day, at('08:30'), 30)).toEqual([1]);
    expect(looksFree(day, 1, at('08:30'), 60)).toBe(false);
    expect(looksFree(day, 1, at('09:00'), 30)).toBe(false);
    expect(looksFree(day, 1, at('09:00'), 30, 1)).toBe(true);
    expect(looksFree(day, 1, at('13:00'), 30)).toBe(false);
    expect(freeStarts(day, 1).map(({ start }) => start.slice(11, 16))).toEqual(['08:30', '09:30']);
    expect(freeStarts(day, 2)).toEqual([]);
  });

  test('is the nearest one when a block is let go between two', () => {
    expect(nearestStart(dayOf(), 9 * 60 + 20)).toBe(at('09:30'));
    expect(nearestStart(dayOf(), 16 * 60)).toBe(at('13:00'));
    expect(nearestStart(dayOf({ starts: [] }), 600)).toBeNull();
  });

  test('takes the whole appointment along when it is moved, with the time after it', () => {
    const day = dayOf({
      appointments: [booked(1, '09:00', '10:00', { free_at: at('10:15') }), booked(2, '11:00', '11:30')],
    });
    const moved = withMoved(day, 1, { date: at('13:00'), bay: 2 }).appointments;
    expect(moved.map(({ bay, ends_at }) => [bay, minuteOf(day, ends_at)])).toEqual([
      [2, 14 * 60],
      [1, 11 * 60 + 30],
    ]);
    expect(minuteOf(day, moved[0]?.free_at ?? '')).toBe(14 * 60 + 15);
  });
});
