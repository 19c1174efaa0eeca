import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { memoryOpenTimesCache } from '../../src/appointments/open-times-cache.js';
import { appointments, customers, vehicles } from '../../src/database/schema.js';
import { fixedRulesOf, idOf } from '../support/shop-rules.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

// A Monday, eight in the morning in Chicago.
const NOW = new Date('2026-03-02T14:00:00Z');
const at = (time: string) => new Date(`2026-03-02T${time}:00-06:00`);
const newCall = () => `CA${randomUUID().replaceAll('-', '')}`;

/** What the book must do in every kind of database. */
export function appointmentBookContract({ name, create }: DatabaseKind): void {
  describe(`the appointment book in ${name}`, () => {
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
      book = openBook(2);
    });

    function openBook(bays: number): AppointmentBook {
      return new AppointmentBook({
        cache: memoryOpenTimesCache(),
        database: store.database,
        rules: fixedRulesOf({ bays }),
        clock: () => now,
      });
    }
    const pass = (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1000);
    };
    const nextStarts = async (service: string, limit: number, of = book) =>
      (await of.openSlots(service, null, limit)).map(({ start }) => start);
    const bookAt = (time: string, callSid: string | null = newCall(), serviceType = 'tires') =>
      book.book({ serviceType, startsAt: at(time), callSid });
    const countAll = () => store.database.run((sql) => sql.$count(appointments));

    test('offers times from two hours ahead and books the first', async () => {
      expect(await nextStarts('tires', 2)).toEqual([at('10:00'), at('10:30')]);
      const callSid = newCall();
      const booked = await book.book({
        serviceType: 'tires',
        startsAt: at('10:00'),
        callSid,
        callerPhone: '+15125550142',
      });
      expect(booked).toEqual({
        id: expect.any(Number),
        service_type: 'tires',
        date: '2026-03-02T10:00:00-06:00',
        ends_at: '2026-03-02T11:00:00-06:00',
        bay: 1,
        status: 'booked',
        confirmed: false,
        notes: null,
        caller_phone: '+15125550142',
        customer_id: null,
        vehicle_id: null,
      });
      expect(await book.get(idOf(booked))).toEqual(booked);
    });

    test('sells a time as often as there are bays, then offers the next', async () => {
      expect(await bookAt('10:00')).toMatchObject({ bay: 1 });
      expect(await nextStarts('tires', 1)).toEqual([at('10:00')]);
      expect(await bookAt('10:00')).toMatchObject({ bay: 2 });
      expect(await bookAt('10:00')).toBe('taken');
      expect(await bookAt('10:30')).toBe('taken');
      expect(await nextStarts('tires', 1)).toEqual([at('11:00')]);
    });

    test.each([
      ['09:30:00', 'too_soon'],
      ['09:59:00', 'too_soon'],
      ['10:15:00', 'between_starts'],
      ['16:30:00', 'closed'],
      ['19:00:00', 'closed'],
      ['12:00:30', 'between_starts'],
    ])('does not sell %s, which it does not offer, and says why', async (time, reason) => {
      const startsAt = new Date(`2026-03-02T${time}-06:00`);
      expect(await book.book({ serviceType: 'tires', startsAt })).toBe(reason);
      expect(await countAll()).toBe(0);
    });

    test('rejects an unknown service', async () => {
      await expect(book.openSlots('paint', null, 1)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      await expect(bookAt('10:00', null, 'paint')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    });

    test('gives a call that books twice the same appointment, and another call its own', async () => {
      const call = newCall();
      const first = await bookAt('10:00', call);
      expect(await bookAt('10:00', call)).toEqual(first);
      const all = await Promise.all([bookAt('11:00', call), bookAt('11:00', call), bookAt('11:00', call)]);
      expect(new Set(all.map(idOf)).size).toBe(1);
      expect(idOf(await bookAt('10:00'))).not.toBe(idOf(first));
      expect(await countAll()).toBe(3);
    });

    test('gives a call no second service at a time that it has booked, though a bay is free', async () => {
      const call = newCall();
      const first = await bookAt('10:00', call);
      expect(await bookAt('10:00', call, 'brakes')).toBe('taken');
      expect(await bookAt('10:00', call)).toEqual(first);
      expect(await countAll()).toBe(1);
    });

    test('takes nothing back for a call that has heard of it', async () => {
      const callSid = newCall();
      const id = idOf(await bookAt('10:00', callSid));
      await book.confirm(id, { customerId: null, callSid });
      await book.cancelUnconfirmed(callSid, at('10:00'));
      expect(await book.get(id)).toMatchObject({ status: 'booked' });
    });

    test('keeps a held place for two minutes, for the call that holds it', async () => {
      book = openBook(1);
      const [holder, other] = [newCall(), newCall()];
      expect(await book.hold(holder, 'tires', at('10:00'))).toBe(true);
      expect(await book.hold(other, 'tires', at('10:30'))).toBe(false);
      expect(await bookAt('10:00', other)).toBe('taken');
      expect(await nextStarts('tires', 1)).toEqual([at('11:00')]);
      pass(119);
      expect(await bookAt('10:30', other)).toBe('taken');
      expect(await bookAt('10:00', holder)).toMatchObject({ status: 'booked' });
      expect(await countAll()).toBe(1);
    });

    test('lets a hold that has expired block nothing', async () => {
      book = openBook(1);
      await book.hold(newCall(), 'tires', at('11:00'));
      pass(120);
      expect(await nextStarts('oil_change', 3)).toEqual([at('10:30'), at('11:00'), at('11:30')]);
      expect(await bookAt('11:00')).toHaveProperty('id');
      expect(await countAll()).toBe(1);
    });

    test('gives up the earlier hold of a call, and all of them on release', async () => {
      book = openBook(1);
      const call = newCall();
      await book.hold(call, 'tires', at('10:00'));
      expect(await book.hold(call, 'tires', at('10:30'))).toBe(true);
      expect(await countAll()).toBe(1);
      await book.release(call);
      await book.release(call);
      expect(await countAll()).toBe(0);
    });

    test('keeps a time for the call that has booked it, without a second place', async () => {
      book = openBook(1);
      const call = newCall();
      await bookAt('10:00', call);
      expect(await book.hold(call, 'tires', at('10:00'))).toBe(true);
      expect(await book.hold(newCall(), 'tires', at('10:00'))).toBe(false);
      expect(await countAll()).toBe(1);
    });

    test('keeps a time beside what the call has booked, for another that it moves there', async () => {
      const call = newCall();
      await bookAt('10:00', call);
      const other = idOf(await bookAt('12:00', call, 'oil_change'));
      expect(await book.hold(call, 'oil_change', at('10:00'))).toBe(true);
      expect(await bookAt('10:00')).toBe('taken');
      const owner = { customerId: null, callSid: call };
      const moved = await book.change(other, { startsAt: at('10:00') }, owner);
      expect(moved).toMatchObject({ after: { date: '2026-03-02T10:00:00-06:00', bay: 2 } });
    });

    test('never lists a hold as an appointment', async () => {
      await book.hold(newCall(), 'tires', at('10:00'));
      const held = await store.database.run((sql) => sql.select().from(appointments));
      expect(await book.list({ limit: 10 })).toEqual([]);
      expect(await book.get(held[0]?.id ?? 0)).toBeNull();
      expect(await book.change(held[0]?.id ?? 0, { status: 'cancelled' })).toBe('missing');
    });

    test('moves an appointment, also onto part of its own place, and not where there is none', async () => {
      book = openBook(1);
      const booked = await bookAt('10:00');
      const id = idOf(booked);
      await bookAt('13:00');
      expect(await book.change(id, { startsAt: at('12:30') })).toBe('taken');
      expect(await book.change(id, { startsAt: at('19:00') })).toBe('closed');
      expect(await book.get(id)).toEqual(booked);
      const moved = await book.change(id, { startsAt: at('10:30') });
      expect(moved).toMatchObject({ before: booked, after: { id, date: '2026-03-02T10:30:00-06:00' } });
      const longer = await book.change(id, { serviceType: 'brakes' });
      expect(longer).toMatchObject({ after: { ends_at: '2026-03-02T12:30:00-06:00' } });
      expect(await book.change(999_999, { startsAt: at('15:00') })).toBe('missing');
    });

    test('frees the place of a cancelled appointment, and gives it one again only if there is one', async () => {
      book = openBook(1);
      const call = newCall();
      const first = await bookAt('10:00', call);
      const id = idOf(first);
      await book.change(id, { status: 'cancelled' });
      await book.change(id, { status: 'cancelled' });
      const again = await bookAt('10:00', call);
      expect(idOf(again)).not.toBe(id);
      expect(await book.change(id, { status: 'booked' })).toBe('taken');
      await expect(book.change(id, { startsAt: at('15:00') })).rejects.toMatchObject({ code: 'CONFLICT' });
      await book.change(idOf(again), { status: 'cancelled' });
      expect(await book.change(id, { status: 'booked' })).toMatchObject({ after: { status: 'booked' } });
    });

    test('lists by beginning and in pages, newest first', async () => {
      const ids: number[] = [];
      for (const time of ['10:00', '12:00', '14:00']) ids.push(idOf(await bookAt(time)));
      const list = async (query: object) => (await book.list({ limit: 10, ...query })).map(({ id }) => id);
      expect(await list({})).toEqual([...ids].reverse());
      expect(await list({ from: at('12:00'), to: at('14:00') })).toEqual([ids[1]]);
      expect(await list({ limit: 1, before: ids[2] })).toEqual([ids[1]]);
    });

    test("books without a vehicle that is gone or somebody else's", async () => {
      const [mine, theirs] = await store.database.run((sql) =>
        sql
          .insert(customers)
          .values(
            ['+15125550140', '+15125550141'].map((phoneNumber) => ({
              phoneNumber,
              firstName: 'A',
              lastName: 'B',
            })),
          )
          .returning(),
      );
      const customerId = mine?.id ?? 0;
      const car = { make: 'Kia', model: 'Rio' };
      const cars = await store.database.run((sql) =>
        sql
          .insert(vehicles)
          .values([
            { ...car, customerId },
            { ...car, customerId: theirs?.id ?? 0 },
          ])
          .returning(),
      );
      const [myCar, theirCar] = cars.map(({ id }) => id);
      const request = { serviceType: 'tires', startsAt: at('10:00'), customerId };
      expect(await book.book({ ...request, vehicleId: myCar ?? 0 })).toMatchObject({
        customer_id: customerId,
        vehicle_id: myCar,
      });
      expect(await book.book({ ...request, vehicleId: theirCar ?? 0 })).toMatchObject({
        customer_id: customerId,
        vehicle_id: null,
      });
      const stranger = { ...request, startsAt: at('12:00'), customerId: 999_999, vehicleId: myCar ?? 0 };
      expect(await book.book(stranger)).toMatchObject({ customer_id: null, vehicle_id: null });
    });

    test('sells the last place once when 100 pairs race for it', { timeout: 120_000 }, async () => {
      await bookAt('10:00');
      for (let round = 0; round < 100; round++) {
        const held = round % 3 === 0 ? book.hold(newCall(), 'tires', at('10:00')) : null;
        const pair = await Promise.all([held ?? bookAt('10:00'), bookAt('10:00')]);
        expect(pair.filter((each) => each === true || typeof each === 'object')).toHaveLength(1);
        expect(await countAll()).toBe(2);
        for (const { id } of await book.list({ limit: 1 })) await book.change(id, { status: 'cancelled' });
        await store.database.run((sql) => sql.delete(appointments));
        await bookAt('10:00');
      }
    });

    test('never sells beyond the bays when many callers want many times at once', async () => {
      const times = ['10:00', '10:30', '11:00', '11:30'];
      const wishes = Array.from({ length: 12 }, (_, i) => bookAt(times[i % times.length] ?? '10:00'));
      const sold = (await Promise.all(wishes)).filter((booked) => typeof booked !== 'string');
      expect(sold.length).toBeGreaterThanOrEqual(3);
      for (const { date } of sold) {
        const atOnce = sold.filter((other) => other.date <= date && date < other.ends_at);
        expect(atOnce.length).toBeLessThanOrEqual(2);
      }
    });
  });
}
