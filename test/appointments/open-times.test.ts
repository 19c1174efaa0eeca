import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { BusyBays, type BusySlot } from '../../src/appointments/busy-bays.js';
import { OpenTimes, type Place } from '../../src/appointments/open-times.js';
import type { Service } from '../../src/shop/service.js';
import type { BookingRules } from '../../src/shop/shop.js';
import { PlainShop } from '../support/plain-rules.js';
import { runs } from '../support/property-runs.js';
import { randomWeek } from '../support/random-shops.js';
import { rulesOf, serviceOf } from '../support/shop-rules.js';

function starts(rules: BookingRules, service: Service | number, now: string, count: number): string[] {
  const work = typeof service === 'number' ? serviceOf(service) : service;
  return placesOf(rules, work, now)
    .slice(0, count)
    .map(({ startsAt }) => local(startsAt, rules.timezone));
}

function placesOf(
  rules: BookingRules,
  service: Service,
  now: string,
  busy: readonly BusySlot[] = [],
): Place[] {
  return [...new OpenTimes(rules).places(service, 0, new BusyBays(busy), new Date(now))];
}

function local(instant: Date, zone: string): string {
  return DateTime.fromJSDate(instant, { zone }).toFormat('ccc dd HH:mm ZZ');
}

describe('open times', () => {
  test('begin every half hour, at least two hours from now, and end before closing', () => {
    expect(starts(rulesOf(), 60, '2026-03-02T19:15:00Z', 4)).toEqual([
      'Mon 02 15:30 -06:00',
      'Mon 02 16:00 -06:00',
      'Tue 03 08:00 -06:00',
      'Tue 03 08:30 -06:00',
    ]);
  });

  test('end with the horizon', () => {
    const now = '2026-03-02T15:00:00Z';
    const last = placesOf(rulesOf({ horizon_days: 14 }), serviceOf(30), now).at(-1);
    expect(last?.startsAt).toEqual(new Date('2026-03-16T14:00:00Z'));
    expect(placesOf(rulesOf(), serviceOf(30), now).at(-1)?.startsAt).toEqual(
      new Date('2026-05-01T14:00:00Z'),
    );
  });

  test('never fit a service that is longer than the day', () => {
    const rules = rulesOf({ hours: 'Sat 09:00-10:00' });
    expect(starts(rules, 120, '2026-03-02T15:00:00Z', 1)).toEqual([]);
  });

  test('leave out the hour that the spring night skips', () => {
    const rules = rulesOf({ hours: 'Sun 00:00-05:00', lead_minutes: 0 });
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
    const rules = rulesOf({ timezone: 'Europe/Berlin', hours: 'Sun 01:00-04:00', lead_minutes: 0 });
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
    const times = new OpenTimes(rulesOf({ hours, lead_minutes: 0 }));
    const asking = { now: new Date('2026-12-01T06:00:00Z') };
    const place = times.placeAt(serviceOf(minutes), new Date(`${time}:00-06:00`), new BusyBays(), asking);
    return typeof place !== 'string';
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

// The second of March 2026 is a Monday.
const MONDAY = '2026-03-02T06:00:00Z';
const closed = (from: string, to = from, bay: number | null = null, hours: string | null = null) => {
  return { from, to, bay, hours };
};
const busyAt = (bay: number, start: string, end: string) => {
  return { bay, start: new Date(`2026-03-${start}:00-06:00`), end: new Date(`2026-03-${end}:00-06:00`) };
};

describe('the rules of the shop', () => {
  test('nothing is offered while the shop is closed, and special hours stand in place of the usual ones', () => {
    const holiday = rulesOf({ hours: 'Mon-Fri 08:00-10:00' }, [
      closed('2026-03-02', '2026-03-03'),
      closed('2026-03-05', '2026-03-05', null, '12:00-13:00'),
      closed('2026-03-07', '2026-03-07', null, '09:00-10:00'),
    ]);
    expect(starts(holiday, 60, MONDAY, 8)).toEqual([
      'Wed 04 08:00 -06:00',
      'Wed 04 08:30 -06:00',
      'Wed 04 09:00 -06:00',
      'Thu 05 12:00 -06:00',
      'Fri 06 08:00 -06:00',
      'Fri 06 08:30 -06:00',
      'Fri 06 09:00 -06:00',
      'Sat 07 09:00 -06:00',
    ]);
  });

  test('several closures of a day leave what all of them leave', () => {
    const rules = rulesOf({}, [
      closed('2026-03-02', '2026-03-06', null, '10:00-14:00'),
      closed('2026-03-02', '2026-03-02', null, '07:00-11:00'),
      closed('2026-03-03'),
    ]);
    expect(starts(rules, 60, MONDAY, 2)).toEqual(['Mon 02 10:00 -06:00', 'Wed 04 10:00 -06:00']);
  });

  test('a bay that is closed is not given, and the other one is', () => {
    const rules = rulesOf({ hours: '08:00-09:00' }, [closed('2026-03-02', '2026-03-03', 1)]);
    const bays = placesOf(rules, serviceOf(60), MONDAY).slice(0, 3);
    expect(bays.map(({ bay }) => bay)).toEqual([2, 2, 1]);
    const full = placesOf(rules, serviceOf(60), MONDAY, [busyAt(2, '02T08:30', '02T08:45')]);
    expect(full[0]?.startsAt).toEqual(new Date('2026-03-03T14:00:00Z'));
  });

  test('a service is done in its own bays only', () => {
    const alignment = serviceOf(60, { bays: [2] });
    const [first] = placesOf(rulesOf(), alignment, MONDAY, [busyAt(2, '02T08:00', '02T09:30')]);
    expect(first).toMatchObject({ startsAt: new Date('2026-03-02T15:30:00Z'), bay: 2 });
    const times = new OpenTimes(rulesOf());
    const asking = { now: new Date(MONDAY), bay: 1 };
    expect(times.placeAt(alignment, new Date('2026-03-02T15:30:00Z'), new BusyBays(), asking)).toBe(
      'wrong_bay',
    );
  });

  test('the bay stays taken for a while after the work, also past closing', () => {
    const paint = serviceOf(60, { after_minutes: 90 });
    const rules = rulesOf({ bays: 1, hours: '08:00-10:00' });
    const busy = [busyAt(1, '02T10:15', '02T11:00')];
    expect(placesOf(rules, paint, MONDAY, busy)[0]).toEqual({
      startsAt: new Date('2026-03-03T14:00:00Z'),
      endsAt: new Date('2026-03-03T15:00:00Z'),
      freeAt: new Date('2026-03-03T16:30:00Z'),
      bay: 1,
    });
    expect(starts(rules, paint, MONDAY, 1)).toEqual(['Mon 02 08:00 -06:00']);
  });

  test('a long service is not offered late in the day, or goes on when the shop opens next', () => {
    const rules = rulesOf({ hours: 'Mon-Fri 08:00-12:00, 13:00-17:00' }, [closed('2026-03-03')]);
    const times = new OpenTimes(rules);
    const at = (service: Service, time: string) =>
      times.placeAt(service, new Date(`2026-03-02T${time}:00-06:00`), new BusyBays(), {
        now: new Date(MONDAY),
      });
    expect(at(serviceOf(180), '10:00')).toBe('closed');
    const gearbox = serviceOf(180, { carries_over: true });
    expect(at(gearbox, '10:00')).toMatchObject({ endsAt: new Date('2026-03-02T20:00:00Z') });
    expect(at(gearbox, '16:30')).toMatchObject({ endsAt: new Date('2026-03-04T16:30:00Z') });
    expect(at(gearbox, '12:00')).toBe('closed');
    expect(at(serviceOf(60_000, { carries_over: true }), '10:00')).toBe('closed');
  });

  test('nothing more is booked for the same day from the cut-off on', () => {
    const rules = rulesOf({ same_day_until: '10:00', lead_minutes: 0 });
    expect(starts(rules, 60, '2026-03-02T15:59:00Z', 1)).toEqual(['Mon 02 10:00 -06:00']);
    expect(starts(rules, 60, '2026-03-02T16:00:00Z', 1)).toEqual(['Tue 03 08:00 -06:00']);
  });

  test('appointments begin every so many minutes from opening, also after a break', () => {
    const rules = rulesOf({ hours: '08:00-10:00, 10:20-12:00', slot_minutes: 45 });
    expect(starts(rules, 30, MONDAY, 5).map((start) => start.slice(7, 12))).toEqual([
      '08:00',
      '08:45',
      '09:30',
      '10:20',
      '11:05',
    ]);
  });

  test('each refusal says why', () => {
    const times = new OpenTimes(rulesOf({ same_day_until: '07:00' }, [closed('2026-03-04')]));
    const now = new Date('2026-03-02T14:00:00Z');
    const why = (time: string, service = serviceOf(60), busy: readonly BusySlot[] = []) =>
      times.placeAt(service, new Date(`2026-${time}:00-06:00`), new BusyBays(busy), { now });
    expect(why('03-02T09:00')).toBe('too_soon');
    expect(why('03-01T09:00')).toBe('too_soon');
    expect(why('03-02T11:00')).toBe('too_late_today');
    expect(why('03-03T09:15')).toBe('between_starts');
    expect(why('03-03T19:00')).toBe('closed');
    expect(why('03-04T09:00')).toBe('closed');
    expect(why('03-03T16:30')).toBe('closed');
    expect(why('05-04T09:00')).toBe('too_far');
    expect(why('03-03T09:00', serviceOf(60, { bookable: false }))).toBe('not_bookable');
    const both = [1, 2].map((bay) => busyAt(bay, '03T08:00', '03T10:00'));
    expect(why('03-03T09:00', serviceOf(60), both)).toBe('taken');
  });

  test('staff go over lead time, cut-off, horizon and what only a person books, and over nothing else', () => {
    const times = new OpenTimes(rulesOf({ same_day_until: '07:00' }, [closed('2026-03-04')]));
    const now = new Date('2026-03-02T14:00:00Z');
    const can = (time: string, service = serviceOf(60), busy: readonly BusySlot[] = []) => {
      const startsAt = new Date(`2026-${time}:00-06:00`);
      return times.placeAt(service, startsAt, new BusyBays(busy), { now, override: true });
    };
    for (const time of ['03-02T08:00', '03-02T09:00', '03-02T11:00', '03-03T09:00', '05-29T09:00']) {
      expect(can(time)).toMatchObject({ bay: 1 });
    }
    expect(can('03-03T09:00', serviceOf(60, { bookable: false }))).toMatchObject({ bay: 1 });
    expect(can('02-27T09:00')).toBe('past');
    expect(can('03-02T08:10')).toBe('between_starts');
    expect(can('03-02T16:30')).toBe('closed');
    expect(can('03-04T09:00')).toBe('closed');
    const both = [1, 2].map((bay) => busyAt(bay, '03T08:00', '03T10:00'));
    expect(can('03-03T09:00', serviceOf(60), both)).toBe('taken');
  });
});

describe('open times, whatever the shop, the zone and the season', () => {
  test('are those that a look at every minute finds, in order, and no others', { timeout: 600_000 }, () => {
    const property = fc.property(randomWeek, ({ rules, around, now, busy }) => {
      const times = new OpenTimes(rules);
      const plain = new PlainShop(rules, around);
      for (const service of rules.services) {
        const offered = [...times.places(service, 0, new BusyBays(busy), now)];
        expect(offered).toEqual(plain.places(service, busy, now));
      }
    });
    fc.assert(property, { numRuns: runs(300) });
  });

  test('can each be booked when they are offered, and never a bay twice', { timeout: 600_000 }, () => {
    const sale = fc.record({ service: fc.nat({ max: 8 }), wish: fc.double({ min: 0, max: 1, noNaN: true }) });
    const property = fc.property(
      randomWeek,
      fc.array(sale, { maxLength: 20 }),
      ({ rules, now, busy }, sales) => {
        const times = new OpenTimes(rules);
        const bays = new BusyBays(busy);
        const sold: BusySlot[] = [];
        for (const { service: index, wish } of sales) {
          const service = rules.services[index] ?? serviceOf(30);
          const offered = [...times.places(service, 0, bays, now)];
          const place = offered[Math.floor(wish * (offered.length - 1))];
          if (!place) continue;
          expect(times.placeAt(service, place.startsAt, bays, { now })).toEqual(place);
          const slot = { bay: place.bay, start: place.startsAt, end: place.freeAt ?? place.endsAt };
          expect(sold.some((other) => isTwice(other, slot))).toBe(false);
          expect(busy.some((other) => isTwice(other, slot))).toBe(false);
          sold.push(slot);
          bays.add(slot);
          const again = times.placeAt(service, place.startsAt, bays, { now, bay: place.bay });
          expect(['taken', 'wrong_bay']).toContain(again);
        }
      },
    );
    fc.assert(property, { numRuns: runs(500) });
  });
});

function isTwice(one: BusySlot, other: BusySlot): boolean {
  return one.bay === other.bay && one.start < other.end && other.start < one.end;
}

test('a bay that the shop no longer has still counts as one taken', () => {
  const [start, end] = [new Date(0), new Date(1000)];
  const has = (bay: number, ...taken: number[]) =>
    new BusyBays(taken.map((each) => ({ bay: each, start, end }))).hasRoom(bay, 0, 1000, 2);
  expect(has(1)).toBe(true);
  expect(has(1, 1)).toBe(false);
  expect(has(2, 1)).toBe(true);
  expect(has(1, 3)).toBe(true);
  expect(has(2, 3, 1)).toBe(false);
});
