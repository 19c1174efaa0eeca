import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { APPOINTMENT_STATUSES, keepsBay } from '../../src/database/appointment-status.js';
import { appointments } from '../../src/database/schema.js';
import type { RulesSource } from '../../src/shop/shop.js';
import { runs } from '../support/property-runs.js';
import { randomWeek, usualWeek } from '../support/random-shops.js';
import { fixedRulesOf, idOf, rulesOf, serviceOf } from '../support/shop-rules.js';
import { sellWeek } from '../support/sold-weeks.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

// A Monday, eight in the morning in Chicago.
const NOW = new Date('2026-03-02T14:00:00Z');
const at = (time: string) => new Date(`2026-03-02T${time}:00-06:00`);
const newCall = () => `CA${randomUUID().replaceAll('-', '')}`;
const closedToday = { from: '2026-03-02', to: '2026-03-02', hours: null };
const services = [
  serviceOf(60, { type: 'tires' }),
  serviceOf(60, { type: 'paint', after_minutes: 90 }),
  serviceOf(60, { type: 'alignment', bays: [2] }),
  serviceOf(60, { type: 'engine', bookable: false }),
  serviceOf(300, { type: 'gearbox', carries_over: true }),
];

/** The shop's own rules at the moment of booking, in every kind of database. */
export function bookingRulesContract({ name, create }: DatabaseKind): void {
  describe(`the shop's rules in ${name}`, () => {
    let store: TestDatabase;
    beforeAll(async () => {
      store = await create();
    });
    afterAll(() => store.drop());
    beforeEach(() => emptyTables(store.database));
    const openBook = (rules: RulesSource, now = NOW) =>
      new AppointmentBook({ database: store.database, rules, clock: () => now });
    const bookOf = (...shop: Parameters<typeof rulesOf>) =>
      openBook(fixedRulesOf({ services, ...shop[0] }, shop[1]));
    const tiresAt = (time: string) => ({ serviceType: 'tires', startsAt: at(time) });

    test('the bay stays taken after the work for as long as the service asks', async () => {
      const book = bookOf({ bays: 1 });
      expect(await book.book({ serviceType: 'paint', startsAt: at('10:00') })).toMatchObject({
        ends_at: '2026-03-02T11:00:00-06:00',
      });
      const [row] = await store.database.run((sql) => sql.select().from(appointments));
      expect(row?.freeAt).toEqual(at('12:30'));
      expect(await book.book(tiresAt('12:00'))).toBe('taken');
      expect((await book.openSlots('tires', null, 1))[0]?.start).toEqual(at('12:30'));
      expect(await book.book(tiresAt('12:30'))).toHaveProperty('id');
    });

    test('a service is booked in its own bays, and in the bay that was asked for', async () => {
      const book = bookOf({ bays: 3 });
      expect(await book.book({ serviceType: 'alignment', startsAt: at('10:00') })).toMatchObject({ bay: 2 });
      expect(await book.book({ serviceType: 'alignment', startsAt: at('10:00') })).toBe('taken');
      expect(await book.book({ ...tiresAt('10:00'), bay: 3 })).toMatchObject({ bay: 3 });
      expect(await book.book({ ...tiresAt('10:00'), bay: 3 })).toBe('taken');
      expect(await book.book({ ...tiresAt('10:00'), bay: 4 })).toBe('wrong_bay');
      expect(await book.book({ serviceType: 'alignment', startsAt: at('11:00'), bay: 1 })).toBe('wrong_bay');
    });

    test('a service whose bays the shop does not have is never open, and cannot be booked', async () => {
      const book = bookOf({ bays: 1 });
      const asked = { serviceType: 'alignment', startsAt: at('10:00') };
      expect(await book.openSlots('alignment', null, 3)).toEqual([]);
      expect(await book.hold(newCall(), 'alignment', at('10:00'))).toBe(false);
      for (const override of [false, true]) expect(await book.book({ ...asked, override })).toBe('wrong_bay');
      const id = idOf(await bookOf({ bays: 2 }).book(asked));
      expect(await book.change(id, { startsAt: at('11:00') })).toBe('wrong_bay');
      expect(await book.change(id, { status: 'arrived' })).toMatchObject({ after: { bay: 2 } });
    });

    test('long work goes on the next day, and keeps its bay over night', async () => {
      const book = bookOf({ bays: 1 });
      const gearbox = await book.book({ serviceType: 'gearbox', startsAt: at('16:00') });
      expect(gearbox).toMatchObject({ ends_at: '2026-03-03T12:00:00-06:00' });
      const [next] = await book.openSlots('tires', at('16:00'), 1);
      expect(next?.start).toEqual(new Date('2026-03-03T18:00:00Z'));
    });

    test('what only a person books is not offered, and staff book it', async () => {
      const book = bookOf();
      await expect(book.openSlots('engine', null, 1)).rejects.toMatchObject({ code: 'CONFLICT' });
      const engine = { serviceType: 'engine', startsAt: at('10:00') };
      expect(await book.book(engine)).toBe('not_bookable');
      expect(await book.hold(newCall(), 'engine', at('10:00'))).toBe(false);
      expect(await book.book({ ...engine, override: true })).toHaveProperty('id');
    });

    test('staff go over lead time and horizon, never over a bay that is taken or closed', async () => {
      const book = bookOf({}, [{ ...closedToday, bay: 1 }]);
      expect(await book.book(tiresAt('08:00'))).toBe('too_soon');
      expect(await book.book({ ...tiresAt('08:00'), override: true })).toMatchObject({ bay: 2 });
      expect(await book.book({ ...tiresAt('08:00'), override: true })).toBe('taken');
      expect(await book.book({ ...tiresAt('09:00'), bay: 1, override: true })).toBe('closed');
      const startsAt = new Date('2026-08-03T15:00:00Z');
      expect(await book.book({ serviceType: 'tires', startsAt })).toBe('too_far');
      const id = idOf(await book.book({ serviceType: 'tires', startsAt, override: true }));
      expect(await book.change(id, { startsAt: new Date('2026-08-04T15:00:00Z') })).toBe('too_far');
      const further = { startsAt: new Date('2026-08-04T15:00:00Z'), override: true };
      expect(await book.change(id, further)).toHaveProperty('after');
    });

    test('a booking goes by the rules in force when it is written, not by those it was offered by', async () => {
      const before = rulesOf({ services });
      let inForce = before;
      const book = openBook({ now: before, within: async () => inForce });
      const call = newCall();
      expect(await book.hold(call, 'tires', at('10:00'))).toBe(true);
      inForce = rulesOf({ services }, [{ ...closedToday, bay: null }]);
      expect(await book.book(tiresAt('11:00'))).toBe('closed');
      expect(await book.book({ ...tiresAt('10:00'), callSid: call })).toBe('closed');
      inForce = rulesOf({ services: services.slice(1) });
      await expect(book.book(tiresAt('11:00'))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      inForce = rulesOf({ services }, [{ ...closedToday, bay: 1 }]);
      expect(await book.hold(call, 'tires', at('10:00'))).toBe(true);
      expect(await book.book({ ...tiresAt('10:00'), callSid: call })).toMatchObject({ bay: 2 });
    });

    test('a place that is held may be too soon by the time it is booked', async () => {
      const call = newCall();
      const rules = fixedRulesOf({ services });
      expect(await openBook(rules).hold(call, 'tires', at('10:00'))).toBe(true);
      const later = openBook(rules, new Date(NOW.getTime() + 60_000));
      expect(await later.book(tiresAt('10:00'))).toBe('too_soon');
      expect(await later.book({ ...tiresAt('10:00'), callSid: call })).toHaveProperty('id');
    });

    test.each([
      ['lead time', {}, 'too_soon'],
      ['cut-off', { lead_minutes: 0, same_day_until: '08:01' }, 'too_late_today'],
    ])('a move to a place that the call holds goes by the %s of when it was held', async (_, set, reason) => {
      const rules = fixedRulesOf({ services, ...set });
      const [call, other] = [newCall(), newCall()];
      const mine = idOf(await openBook(rules).book({ ...tiresAt('15:00'), callSid: call }));
      const theirs = idOf(await openBook(rules).book({ ...tiresAt('14:00'), callSid: other }));
      expect(await openBook(rules).hold(call, 'tires', at('10:00'))).toBe(true);
      const later = openBook(rules, new Date(NOW.getTime() + 60_000));
      const move = (id: number, callSid: string) =>
        later.change(id, { startsAt: at('10:00') }, { customerId: null, callSid });
      expect(await move(theirs, other)).toBe(reason);
      expect(await move(mine, call)).toMatchObject({ after: { date: '2026-03-02T10:00:00-06:00' } });
    });

    test('a car that has come keeps its bay until it is done, did not come or was cancelled', async () => {
      const book = bookOf({ bays: 1 });
      for (const status of APPOINTMENT_STATUSES) {
        const id = idOf(await book.book(tiresAt('10:00')));
        expect(await book.change(id, { status })).toMatchObject({ after: { status } });
        const again = await book.book(tiresAt('10:00'));
        expect(typeof again === 'string', status).toBe(keepsBay(status));
        const found = await book.list({ status: [status], limit: 5 });
        expect(found.map((each) => each.id)).toContain(id);
        expect(await book.list({ status: ['no_show', 'ready'], limit: 5 })).toHaveLength(
          status === 'no_show' || status === 'ready' ? 1 : 0,
        );
        if (typeof again !== 'string') {
          expect(await book.change(id, { status: 'arrived' })).toBe('taken');
        }
        await emptyTables(store.database);
      }
    });

    test('who did not come and comes late has the place again, if nobody else has it', async () => {
      const book = bookOf({ bays: 2 });
      const id = idOf(await book.book(tiresAt('10:00')));
      await book.change(id, { status: 'no_show' });
      expect(await book.change(id, { status: 'arrived' })).toMatchObject({ after: { bay: 1 } });
      await book.change(id, { status: 'no_show' });
      await book.book(tiresAt('10:30'));
      expect(await book.change(id, { status: 'arrived' })).toMatchObject({ after: { bay: 2 } });
    });

    test('an appointment is put into another bay, if that is free and the service is done there', async () => {
      const book = bookOf({ bays: 2 });
      const id = idOf(await book.book(tiresAt('10:00')));
      const other = idOf(await book.book({ serviceType: 'alignment', startsAt: at('11:00') }));
      expect(await book.change(id, { bay: 2 })).toMatchObject({ after: { bay: 2 } });
      expect(await book.change(id, { bay: 2 })).toMatchObject({ after: { bay: 2 } });
      expect(await book.change(id, { startsAt: at('11:00'), bay: 2 })).toBe('taken');
      expect(await book.change(other, { bay: 1 })).toBe('wrong_bay');
      expect(await book.change(id, { bay: 9 })).toBe('wrong_bay');
    });

    test('is confirmed by the call that booked it or by staff, and not any more once it is moved', async () => {
      const book = bookOf();
      const callSid = newCall();
      const id = idOf(await book.book({ ...tiresAt('10:00'), callSid }));
      await book.confirm(id, { customerId: null, callSid: newCall() });
      expect(await book.get(id)).toMatchObject({ confirmed: false });
      await book.confirm(id, { customerId: null, callSid });
      expect(await book.get(id)).toMatchObject({ confirmed: true });
      expect(await book.change(id, { notes: 'Squeaks.' })).toMatchObject({
        after: { confirmed: true, notes: 'Squeaks.' },
      });
      expect(await book.change(id, { startsAt: at('12:00') })).toMatchObject({ after: { confirmed: false } });
      const told = { startsAt: at('13:00'), confirmed: true };
      expect(await book.change(id, told)).toMatchObject({ after: { confirmed: true } });
    });

    test('an appointment of a service that is gone is still moved, and for as long as it was booked', async () => {
      const id = idOf(await bookOf().book({ serviceType: 'paint', startsAt: at('10:00') }));
      const book = bookOf({ services: [serviceOf(30, { type: 'tires' })] });
      await expect(book.book({ serviceType: 'paint', startsAt: at('12:00') })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
      expect(await book.change(id, { startsAt: at('12:00') })).toMatchObject({
        after: { ends_at: '2026-03-02T13:00:00-06:00', service_type: 'paint' },
      });
    });

    test('work of a service that is gone is moved with what it takes of open time, whatever was closed since', async () => {
      const day = (date: number) => ({
        from: `2026-03-0${date}`,
        to: `2026-03-0${date}`,
        bay: null,
        hours: null,
      });
      const left = { services: [serviceOf(30, { type: 'tires' })] };
      for (const closures of [[], [day(2)], [day(3)]]) {
        const gearbox = idOf(await bookOf().book({ serviceType: 'gearbox', startsAt: at('16:00') }));
        const paint = idOf(await bookOf().book({ serviceType: 'paint', startsAt: at('10:00') }));
        const book = bookOf(left, closures);
        const to = (id: number, time: string) =>
          book.change(id, { startsAt: new Date(`2026-03-${time}-06:00`) });
        expect(await to(gearbox, '05T15:00:00')).toMatchObject({
          after: { ends_at: '2026-03-06T11:00:00-06:00' },
        });
        expect(await to(gearbox, '04T08:00:00')).toMatchObject({
          after: { ends_at: '2026-03-04T13:00:00-06:00' },
        });
        expect(await to(paint, '04T15:00:00')).toMatchObject({
          after: { ends_at: '2026-03-04T16:00:00-06:00' },
        });
        await emptyTables(store.database);
      }
    });

    test('open times are those that the plain rules allow, and each can be booked', {
      timeout: 600_000,
    }, async () => {
      const share = fc.double({ min: 0, max: 1, noNaN: true });
      const wishes = fc.array(fc.record({ service: share, time: share }), { minLength: 1, maxLength: 6 });
      const week = fc.oneof(usualWeek, randomWeek);
      const property = fc.asyncProperty(week, wishes, async (each, wanted) => {
        expect((await sellWeek(store.database, each, wanted)).faults).toEqual([]);
      });
      await fc.assert(property, { numRuns: runs(100) });
    });
  });
}
