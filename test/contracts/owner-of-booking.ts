import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { CustomerRepository } from '../../src/customers/customer-repository.js';
import { fixedRulesOf } from '../support/shop-rules.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

// A Monday, seven in the morning in Chicago.
const NOW = new Date('2026-03-02T13:00:00Z');
const PHONE = '+15125550142';
const JANE = { phone: PHONE, firstName: 'Jane', lastName: "O'Doe" };
const timezone = 'America/Chicago';

/** Whom a booking with a spoken name is for, in every kind of database. */
export function ownerOfBookingContract({ name, create }: DatabaseKind): void {
  describe(`the caller who becomes a customer in ${name}`, () => {
    let store: TestDatabase;
    let book: AppointmentBook;
    let customers: CustomerRepository;
    beforeAll(async () => {
      store = await create();
      const { database } = store;
      const clock = () => NOW;
      const rules = fixedRulesOf({ hours: 'Mon-Fri 08:00-18:00', bays: 1 });
      book = new AppointmentBook({ database, rules, clock });
      customers = new CustomerRepository({ database, timezone: () => timezone, clock });
    });
    afterAll(() => store.drop());
    beforeEach(() => emptyTables(store.database));
    const requestAt = (time: string, callSid = `CA${randomUUID()}`) => ({
      serviceType: 'tires',
      startsAt: new Date(`2026-03-03T${time}:00-06:00`),
      callSid,
      callerPhone: PHONE,
      newCustomer: JANE,
    });
    const bookAt = (time: string, callSid?: string) =>
      book.bookWithinLimits(requestAt(time, callSid), { phone: PHONE });

    test('is stored with the booking, once', async () => {
      const call = `CA${randomUUID()}`;
      const first = await bookAt('09:00', call);
      expect(await bookAt('09:00', call)).toEqual(first);
      const [customer, ...others] = await customers.list({ limit: 10 });
      expect(others).toEqual([]);
      expect(customer).toMatchObject({ phone_number: PHONE, first_name: 'Jane', last_name: "O'Doe" });
      expect(first).toMatchObject({ customer_id: customer?.id });
      expect(customer?.upcoming_appointments).toHaveLength(1);
    });

    test('changes no customer that has the number, and books for that one', async () => {
      const maria = { phone_number: PHONE, first_name: 'Maria', last_name: 'Alvarez' };
      const { id } = await customers.create(maria);
      expect(await bookAt('09:00')).toMatchObject({ customer_id: id });
      expect(await customers.list({ limit: 10 })).toMatchObject([maria]);
    });

    test('is not stored when nothing is booked', async () => {
      const others = { ...requestAt('09:00'), newCustomer: undefined, callerPhone: '+15125550143' };
      await book.book(others);
      expect(await bookAt('09:00')).toBe('taken');
      expect(await bookAt('07:00')).toBe('closed');
      expect(await customers.list({ limit: 10 })).toEqual([]);
      for (const time of ['10:00', '11:00', '12:00']) await bookAt(time);
      await store.database.run((sql) => sql.execute('update appointments set customer_id = null'));
      await store.database.run((sql) => sql.execute('delete from customers'));
      expect(await bookAt('13:00')).toBe('over_limit');
      expect(await customers.list({ limit: 10 })).toEqual([]);
    });

    test('is not needed where a customer has the number of the call', async () => {
      const maria = { phone_number: PHONE, first_name: 'Maria', last_name: 'Alvarez' };
      const { id } = await customers.create(maria);
      const other = await customers.create({ ...maria, phone_number: '+15125550143' });
      const added = await customers.addVehicle(id, { make: 'Kia', model: 'Rio' });
      const vehicleId = added?.vehicle.id ?? 0;
      const bookFor = (time: string, request: object) =>
        book.book({ ...requestAt(time), newCustomer: undefined, ...request });
      const own = { ownNumber: PHONE, vehicleId };
      expect(await bookFor('08:00', own)).toMatchObject({ customer_id: id, vehicle_id: vehicleId });
      const given = { ...own, customerId: other.id };
      expect(await bookFor('10:00', given)).toMatchObject({ customer_id: other.id, vehicle_id: null });
      for (const [time, ownNumber] of [
        ['12:00', null],
        ['13:00', ''],
        ['14:00', '+15125550177'],
      ] as const)
        expect(await bookFor(time, { ...own, ownNumber })).toMatchObject({
          customer_id: null,
          vehicle_id: null,
        });
      expect(await customers.list({ limit: 10 })).toHaveLength(2);
    });

    test('is one customer when two calls of a number book at the same time', async () => {
      const booked = await Promise.all([bookAt('09:00'), bookAt('10:00')]);
      const ids = booked.map((each) => (typeof each === 'object' ? each.customer_id : each));
      expect(new Set(ids).size).toBe(1);
      expect(await customers.list({ limit: 10 })).toHaveLength(1);
    });
  });
}
