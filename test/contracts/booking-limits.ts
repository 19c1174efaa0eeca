import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { NUMBERLESS_AN_HOUR, UPCOMING_A_NUMBER } from '../../src/appointments/booking-limits.js';
import { CustomerRepository } from '../../src/customers/customer-repository.js';
import { appointments } from '../../src/database/schema.js';
import { fixedRulesOf } from '../support/shop-rules.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

// A Monday, seven in the morning in Chicago.
const NOW = new Date('2026-03-02T13:00:00Z');
const PHONE = '+15125550142';
const newCall = () => `CA${randomUUID().replaceAll('-', '')}`;
const times = Array.from(
  { length: 20 },
  (_, n) => `${String(8 + (n >> 1)).padStart(2, '0')}:${n % 2 ? '30' : '00'}`,
);

/** What callers who have proved nothing may book, in every kind of database. */
export function bookingLimitsContract({ name, create }: DatabaseKind): void {
  describe(`the limits for callers who have proved nothing in ${name}`, () => {
    let store: TestDatabase;
    let now: Date;
    let book: AppointmentBook;
    beforeAll(async () => {
      store = await create();
    });
    afterAll(() => store.drop());
    beforeEach(async () => {
      await emptyTables(store.database);
      now = NOW;
      book = openBook('Mon-Fri 08:00-18:00', 2);
    });
    function openBook(hours: string, bays: number): AppointmentBook {
      const clock = () => now;
      return new AppointmentBook({ database: store.database, rules: fixedRulesOf({ hours, bays }), clock });
    }
    const requestAt = (day: number, time: string, serviceType = 'oil_change') => ({
      serviceType,
      startsAt: new Date(`2026-03-0${day}T${time}:00-06:00`),
      callSid: newCall(),
      callerPhone: 'anonymous',
    });
    const unproved = async (phone: string | null, day: number, time: string, serviceType?: string) => {
      const booked = await book.bookWithinLimits(requestAt(day, time, serviceType), { phone });
      return typeof booked === 'string' ? booked : booked.id;
    };
    const held = () => store.database.run((sql) => sql.$count(appointments, eq(appointments.status, 'held')));
    const number = (n: number) => `+1512555${String(1000 + n)}`;

    test('a number has three upcoming appointments and no more, until one is over or cancelled', async () => {
      const ids: (number | string)[] = [];
      for (const day of [2, 3, 4]) ids.push(await unproved(PHONE, day, '09:00'));
      expect(ids).toHaveLength(UPCOMING_A_NUMBER);
      expect(ids.every((id) => typeof id === 'number')).toBe(true);
      expect(await unproved(PHONE, 5, '09:00')).toBe('over_limit');
      expect(await unproved(number(1), 5, '09:00')).toEqual(expect.any(Number));
      await book.change(Number(ids[2]), { status: 'cancelled' });
      expect(await unproved(PHONE, 5, '09:30')).toEqual(expect.any(Number));
      expect(await unproved(PHONE, 5, '10:00')).toBe('over_limit');
      now = new Date('2026-03-02T16:00:00Z');
      expect(await unproved(PHONE, 5, '10:00')).toEqual(expect.any(Number));
    });

    test('what staff or a proved caller booked does not count, and is not limited', async () => {
      for (const time of times)
        expect(await book.book({ ...requestAt(3, time), callerPhone: PHONE })).toHaveProperty('id');
      expect(await unproved(PHONE, 3, '08:00')).toEqual(expect.any(Number));
      for (const time of times.slice(1))
        expect(await book.book({ ...requestAt(3, time), callerPhone: PHONE })).toHaveProperty('id');
    });

    test('all who show no number book two in an hour together, cancelled ones counted', async () => {
      const first = await unproved(null, 2, '09:00');
      await book.change(Number(first), { status: 'cancelled' });
      expect(await unproved(null, 3, '09:00')).toEqual(expect.any(Number));
      expect(await unproved(null, 4, '09:00')).toBe('over_limit');
      expect(await unproved(PHONE, 4, '09:00')).toEqual(expect.any(Number));
      now = new Date(NOW.getTime() + 3_599_000);
      expect(await unproved(null, 4, '10:00')).toBe('over_limit');
      now = new Date(NOW.getTime() + 3_600_000);
      expect(await unproved(null, 4, '10:00')).toEqual(expect.any(Number));
      expect(NUMBERLESS_AN_HOUR).toBe(2);
    });

    test('all together have a share of the day: 12 of 40 half hours, longer appointments by their length', async () => {
      for (let n = 0; n < 3; n += 1)
        expect(await unproved(number(n), 3, times[4 * n] ?? '', 'brakes')).toEqual(expect.any(Number));
      expect(await unproved(number(10), 3, '15:00')).toBe('over_limit');
      expect(await unproved(number(10), 4, '15:00')).toEqual(expect.any(Number));
      expect(await book.book(requestAt(3, '15:00'))).toHaveProperty('id');
    });

    test('a day without room for them is neither offered to them nor held, and is to all others', async () => {
      const own = requestAt(3, '08:00', 'brakes');
      const { id: moves = null } = Object(await book.bookWithinLimits(own, { phone: PHONE }));
      expect(moves).toEqual(expect.any(Number));
      for (const n of [1, 2])
        expect(await unproved(number(n), 3, times[4 * n] ?? '', 'brakes')).toEqual(expect.any(Number));
      const fifteen = requestAt(3, '15:00').startsAt;
      const firstFor = async (call: string | null, serviceType = 'oil_change') =>
        (await book.openSlots(serviceType, fifteen, 1, call))[0]?.start;
      const nextDay = requestAt(4, '08:00').startsAt;
      expect(await firstFor(null)).toEqual(fifteen);
      expect(await firstFor(newCall())).toEqual(nextDay);
      // It may move what it has booked itself.
      expect(await firstFor(own.callSid)).toEqual(fifteen);
      const call = newCall();
      const another = { phone: number(10), moves: null };
      expect(await book.hold(call, 'oil_change', nextDay, another)).toBe(true);
      expect(await book.hold(call, 'oil_change', fifteen, another)).toBe(false);
      expect(await held()).toBe(0);
      expect(await book.hold(own.callSid, 'oil_change', fifteen, { phone: PHONE, moves })).toBe(true);
      // It may not book another one there, and is told so before it chooses.
      const second = { phone: PHONE, moves: null };
      expect(await book.hold(own.callSid, 'oil_change', fifteen, second)).toBe('over_limit');
      expect(await held()).toBe(0);
      expect(await book.hold(own.callSid, 'brakes', own.startsAt, second)).toBe(true);
      expect(await book.hold(call, 'oil_change', fifteen)).toBe(true);
    });

    test('who may book no more is told so when a time is to be held, and may still move one', async () => {
      const own = requestAt(2, '09:00');
      const { id: moves = null } = Object(await book.bookWithinLimits(own, { phone: PHONE }));
      for (const day of [3, 4]) await unproved(PHONE, day, '09:00');
      for (const day of [3, 4]) await unproved(null, day, '10:00');
      const { startsAt } = requestAt(5, '09:00');
      const hold = (phone: string | null) =>
        book.hold(newCall(), 'oil_change', startsAt, { phone, moves: null });
      for (const phone of [PHONE, null]) expect(await hold(phone)).toBe('over_limit');
      expect(await held()).toBe(0);
      expect(await hold(number(1))).toBe(true);
      expect(await book.hold(own.callSid, 'oil_change', startsAt, { phone: PHONE, moves })).toBe(true);
      now = new Date(NOW.getTime() + 3_600_000);
      expect(await hold(null)).toBe(true);
    });

    test('what is held for them is booked, unless the limits are reached meanwhile', async () => {
      for (const n of [1, 2]) await unproved(number(n), 3, '08:00', 'brakes');
      const call = newCall();
      const caller = { phone: PHONE, moves: null };
      const holds: (boolean | string)[] = [];
      for (const day of [3, 4])
        for (const time of times) {
          const request = { ...requestAt(day, time), callSid: call };
          const hold = await book.hold(call, 'oil_change', request.startsAt, caller);
          const booked = await book.bookWithinLimits(request, caller);
          expect(booked).toEqual(hold === true ? expect.anything() : hold || expect.any(String));
          expect(typeof booked === 'string').toBe(hold !== true);
          holds.push(hold);
        }
      expect(new Set(holds)).toEqual(new Set([true, false, 'over_limit']));
    });

    test('a day is offered to them for what its room is long enough for', async () => {
      for (const [n, serviceType] of ['brakes', 'brakes', 'oil_change', 'oil_change', 'oil_change'].entries())
        expect(await unproved(number(n), 3, times[3 * n] ?? '', serviceType)).toEqual(expect.any(Number));
      const daysFor = async (serviceType: string) => {
        const slots = await book.openSlots(serviceType, requestAt(3, '08:00').startsAt, 200, newCall());
        return [...new Set(slots.map(({ start }) => start.toISOString().slice(0, 10)))].slice(0, 2);
      };
      expect(await daysFor('oil_change')).toEqual(['2026-03-03', '2026-03-04']);
      expect(await daysFor('brakes')).toEqual(['2026-03-04', '2026-03-05']);
    });

    test('a small shop sells them one appointment a day, however long', async () => {
      book = openBook('Mon-Fri 08:00-10:00', 1);
      expect(await unproved(PHONE, 3, '08:00', 'brakes')).toEqual(expect.any(Number));
      book = openBook('Mon-Fri 08:00-11:00', 1);
      expect(await unproved(number(1), 3, '10:00')).toBe('over_limit');
      expect(await unproved(number(1), 4, '10:00')).toEqual(expect.any(Number));
    });

    test('a call that asks again gets its appointment, and one that is refused holds nothing', async () => {
      const request = requestAt(2, '09:00');
      const first = await book.bookWithinLimits(request, { phone: PHONE });
      for (const day of [3, 4]) await unproved(PHONE, day, '09:00');
      expect(await book.bookWithinLimits(request, { phone: PHONE })).toEqual(first);
      const other = requestAt(5, '09:00');
      expect(await book.hold(other.callSid, 'oil_change', other.startsAt)).toBe(true);
      expect(await book.bookWithinLimits(other, { phone: PHONE })).toBe('over_limit');
      const [open] = await openBook('Mon-Fri 08:00-18:00', 1).openSlots('oil_change', other.startsAt, 1);
      expect(open?.start).toEqual(other.startsAt);
    });

    test('an appointment moves whatever its number has, but not to a day that has no room for such callers', async () => {
      book = openBook('Mon-Fri 08:00-11:00', 1);
      const request = requestAt(3, '08:00');
      const own = await book.bookWithinLimits(request, { phone: PHONE });
      if (typeof own === 'string') throw new Error('It was not booked.');
      await unproved(PHONE, 4, '08:00');
      await unproved(PHONE, 5, '08:00');
      const owner = { customerId: null, callSid: request.callSid };
      const to = (day: number, time: string) => ({ startsAt: requestAt(day, time).startsAt });
      expect(await book.change(own.id, to(3, '09:00'), owner)).toHaveProperty('after');
      expect(await book.change(own.id, to(4, '09:00'), owner)).toBe('over_limit');
      expect((await book.get(own.id))?.date).toBe('2026-03-03T09:00:00-06:00');
      expect(await book.change(own.id, to(6, '09:00'), owner)).toHaveProperty('after');
      const { id: customerId } = await new CustomerRepository({
        database: store.database,
        timezone: () => 'America/Chicago',
      }).create({ phone_number: PHONE, first_name: 'Jane', last_name: 'Doe' });
      await book.change(own.id, { customerId });
      const proved = { customerId, callSid: newCall() };
      expect(await book.change(own.id, to(5, '09:00'), proved)).toHaveProperty('after');
      expect(await book.change(own.id, to(4, '09:00'))).toHaveProperty('after');
    });

    test('bookings at the same time at two gateways keep to them', { timeout: 60_000 }, async () => {
      const books = [book, openBook('Mon-Fri 08:00-18:00', 2)];
      const race = (callers: readonly (string | null)[], day: (n: number) => number) =>
        inBatches(
          callers.map((phone, n) => async () => {
            const request = requestAt(day(n), times[n % times.length] ?? '');
            return books[n % 2]?.bookWithinLimits(request, { phone });
          }),
        );
      const booked = (results: readonly unknown[]) =>
        results.filter((each) => typeof each === 'object').length;
      expect(booked(await race(Array(50).fill(PHONE), (n) => 2 + (n % 4)))).toBe(UPCOMING_A_NUMBER);
      expect(booked(await race(Array(20).fill(null), (n) => 2 + (n % 4)))).toBe(NUMBERLESS_AN_HOUR);
      await emptyTables(store.database);
      const many = Array.from({ length: 50 }, (_, n) => number(n));
      expect(booked(await race(many, () => 4))).toBe(12);
    });
  });
}

/** Ten at a time: as many connections as a gateway has. */
async function inBatches<T>(work: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  for (let first = 0; first < work.length; first += 10)
    results.push(...(await Promise.all(work.slice(first, first + 10).map((each) => each()))));
  return results;
}
