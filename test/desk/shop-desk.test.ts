import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { silentLogger } from '../../src/core/logger.js';
import { Metrics } from '../../src/core/metrics.js';
import type { Customer } from '../../src/customers/customer.js';
import { withoutNotes } from '../../src/customers/customer.js';
import { CustomerLookup } from '../../src/customers/customer-lookup.js';
import { CustomerRepository } from '../../src/customers/customer-repository.js';
import { MemoryCustomerCache } from '../../src/customers/memory-customer-cache.js';
import { WrongVinTries } from '../../src/customers/wrong-vin-tries.js';
import { DeskExecutor } from '../../src/desk/desk-executor.js';
import { Desk } from '../../src/desk/shop-desk.js';
import { callAtDesk } from '../support/call-at-desk.js';
import { counted } from '../support/counted.js';
import { fixedRulesOf } from '../support/shop-rules.js';
import { emptyTables, lendEmbedded, type TestDatabase } from '../support/test-database.js';

const timezone = 'America/Chicago';
const logger = silentLogger();
const clock = () => new Date('2026-03-02T14:00:00Z');
const PHONE = '+15125550123';
const maria = { phone_number: PHONE, first_name: 'Maria', last_name: 'Alvarez', email: null };

let store: TestDatabase;
let cache: MemoryCustomerCache;
let lookup: CustomerLookup;
let metrics: Metrics;
let desk: Desk;

function openDesk(testDatabase: TestDatabase): void {
  const { database } = testDatabase;
  const customers = new CustomerRepository({ database, timezone: () => timezone, clock });
  const book = new AppointmentBook({ database, rules: fixedRulesOf({ bays: 1 }), clock });
  cache = new MemoryCustomerCache({ logger });
  metrics = new Metrics();
  lookup = new CustomerLookup({ cache, customers, metrics, logger, deadlineMs: 10_000 });
  const tries = new WrongVinTries({ database, clock });
  const executor = new DeskExecutor({ lookup, logger });
  desk = new Desk({ book, customers, tries, executor, timezone: () => timezone, metrics });
}

beforeAll(async () => {
  store = await lendEmbedded();
});
afterAll(() => store.drop());
beforeEach(async () => {
  openDesk(store);
  await emptyTables(store.database);
});

/** The desk of a new call. */
const newCall = (changes: Parameters<typeof callAtDesk>[0] = {}) =>
  desk.forCall(callAtDesk({ phone: PHONE, ...changes }));
const request = (changes: object = {}) => ({
  vehicleId: null,
  serviceType: 'tires',
  startsAt: '2026-03-02T10:00:00-06:00',
  ...changes,
});

describe('the desk for callers', () => {
  test('offers times after another, in the shop’s time', async () => {
    const call = newCall();
    const [first] = await call.openTimes({ serviceType: 'tires', limit: 1 });
    expect(first).toEqual({ starts_at: '2026-03-02T10:00:00-06:00', ends_at: '2026-03-02T11:00:00-06:00' });
    const next = await call.openTimes({ serviceType: 'tires', after: first?.starts_at ?? '', limit: 3 });
    expect(next.map((time) => time.starts_at)).toEqual([
      '2026-03-02T10:30:00-06:00',
      '2026-03-02T11:00:00-06:00',
      '2026-03-02T11:30:00-06:00',
    ]);
    expect(await call.openTimes({ serviceType: 'tires', after: '2027-01-01', limit: 3 })).toEqual([]);
  });

  test('holds, books and tells a second caller that the time is taken', async () => {
    const [call, mine] = [newCall(), request()];
    expect(await call.hold('tires', mine.startsAt)).toBe(true);
    expect(await newCall().book(request())).toEqual({ status: 'taken' });
    const booked = await call.book(mine);
    expect(booked).toEqual({
      status: 'booked',
      appointment: { id: expect.any(Number), service_type: 'tires', date: mine.startsAt },
    });
    expect(await call.book({ ...mine, startsAt: '2026-03-02T16:00:00Z' })).toEqual(booked);
    await call.release();
    const values = await counted(metrics.bookings);
    expect(values.map(({ labels, value }) => [labels.result, value])).toEqual([
      ['booked', 2],
      ['taken', 1],
    ]);
  });

  test('books for the customer of the number, and tells of it only who has proved to be the customer', async () => {
    const customer = await desk.customers.create(maria);
    await newCall({ customer }).book(request());
    expect(await newCall({ customer, attested: true }).upcoming()).toEqual([
      {
        id: expect.any(Number),
        service_type: 'tires',
        date: '2026-03-02T10:00:00-06:00',
        status: 'booked',
        vehicle: null,
        may_change: true,
      },
    ]);
    await expect(newCall({ customer }).upcoming()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(newCall({ attested: true }).upcoming()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test.each([
    ['who shows the number', PHONE, true],
    ['whose number is written otherwise', '1 (512) 555-0123', true],
    ['who shows no number', 'anonymous', false],
    ['who has another number', '+15125550199', false],
  ])('books without a name for a customer %s, also when the lookup was late', async (_, phone, isKnown) => {
    const { id } = await desk.customers.create(maria);
    const call = callAtDesk({ phone });
    const forCall = desk.forCall(call);
    const booked = await forCall.book(request());
    // Word for word what anybody else is told.
    const appointment = { id: expect.any(Number), service_type: 'tires', date: request().startsAt };
    expect(booked).toEqual({ status: 'booked', appointment });
    const owner = isKnown ? id : null;
    expect(await desk.appointments.list({ limit: 5 })).toMatchObject([{ customer_id: owner }]);
    expect(call.session.data).toMatchObject({ customer_id: owner, verified: null });
    expect(await forCall.isVerified()).toBe(false);
    await expect(forCall.upcoming()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const customer = await lookup.byPhone(PHONE);
    expect(await newCall({ customer, attested: true }).upcoming()).toHaveLength(isKnown ? 1 : 0);
  });

  test('stores the session of a caller as often whether or not the number is a customer’s', async () => {
    await desk.customers.create(maria);
    const changesOf = async (phone: string, startsAt: string) => {
      const { caller, session } = callAtDesk({ phone });
      let changes = 0;
      const change: typeof session.change = (given) => {
        changes += 1;
        session.change(given);
      };
      const counted = {
        get data() {
          return session.data;
        },
        change,
      };
      await desk.forCall({ caller, session: counted }).book(request({ startsAt }));
      return changes;
    };
    expect(await changesOf(PHONE, '2026-03-02T10:00:00-06:00')).toBe(
      await changesOf('+15125550199', '2026-03-02T11:00:00-06:00'),
    );
  });

  test.each(['tomorrow', '10:30', '', '2026-02-30T10:00:00Z'])('refuses the time %j', async (startsAt) => {
    await expect(newCall().book(request({ startsAt }))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(newCall().hold('tires', startsAt)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('the counter', () => {
  test('takes numbers in any usual form and refuses what is none', async () => {
    const created = await desk.customers.create({ ...maria, phone_number: '(512) 555-0123' });
    expect(created.phone_number).toBe(PHONE);
    expect(await desk.customers.list({ phone: '512 555 0123', limit: 5 })).toEqual([created]);
    await expect(desk.customers.create({ ...maria, phone_number: 'anonymous' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    await expect(desk.customers.create(maria)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('says NOT_FOUND of what is not there', async () => {
    const missing = { code: 'NOT_FOUND' };
    await expect(desk.customers.get(1)).rejects.toMatchObject(missing);
    await expect(desk.customers.change(1, { first_name: 'X' })).rejects.toMatchObject(missing);
    await expect(desk.customers.addVehicle(1, { make: 'Kia', model: 'Rio' })).rejects.toMatchObject(missing);
    await expect(desk.customers.changeVehicle(1, { make: 'Kia' })).rejects.toMatchObject(missing);
    await expect(desk.customers.removeVehicle(1)).rejects.toMatchObject(missing);
    await expect(desk.appointments.get(1)).rejects.toMatchObject(missing);
    await expect(desk.appointments.cancel(1)).rejects.toMatchObject(missing);
  });

  test('says BAD_REQUEST of values that no column holds', async () => {
    const bad = { code: 'BAD_REQUEST' };
    await expect(desk.customers.get(2 ** 40)).rejects.toMatchObject(bad);
    await expect(desk.customers.create({ ...maria, first_name: 'a\0b' })).rejects.toMatchObject(bad);
  });

  test('books, moves and cancels by the rule of the open times', async () => {
    const [open] = await desk.appointments.availability({
      service_type: 'brakes',
      from: '2026-03-03',
      limit: 1,
    });
    expect(open?.starts_at).toBe('2026-03-03T08:00:00-06:00');
    const input = { service_type: 'brakes', date: '2026-03-03T08:00', caller_phone: '512-555-0123' };
    const booked = await desk.appointments.create(input);
    expect(booked).toMatchObject({ date: open?.starts_at, status: 'booked', caller_phone: PHONE });
    await expect(desk.appointments.create(input)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(desk.appointments.change(booked.id, { date: '2026-03-07T10:00' })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    const moved = await desk.appointments.change(booked.id, { date: '2026-03-03T09:00' });
    expect(moved.date).toBe('2026-03-03T09:00:00-06:00');
    expect(await desk.appointments.list({ from: '2026-03-03', to: '2026-03-04', limit: 5 })).toEqual([moved]);
    const cancelled = await desk.appointments.cancel(booked.id);
    expect(cancelled.status).toBe('cancelled');
    expect(await desk.appointments.cancel(booked.id)).toEqual(cancelled);
  });

  test('refuses customers that do not exist and vehicles of others', async () => {
    const { id } = await desk.customers.create(maria);
    const other = await desk.customers.create({ ...maria, phone_number: '+15125550124' });
    const car = await desk.customers.addVehicle(other.id, { make: 'Kia', model: 'Rio' });
    const create = (customer_id: number | null, vehicle_id: number | null) =>
      desk.appointments.create({ service_type: 'tires', date: '2026-03-03T08:00', customer_id, vehicle_id });
    const bad = { code: 'BAD_REQUEST' };
    await expect(create(999_999, null)).rejects.toMatchObject(bad);
    await expect(create(id, car.id)).rejects.toMatchObject(bad);
    await expect(create(null, car.id)).rejects.toMatchObject(bad);
    const booked = await create(other.id, car.id);
    expect(booked).toMatchObject({ customer_id: other.id, vehicle_id: car.id, caller_phone: '+15125550124' });
    const given = await desk.appointments.change(booked.id, { customer_id: id });
    expect(given).toMatchObject({ customer_id: id, vehicle_id: null });
  });

  test('changes only what is given, beside somebody else who changes the rest', async () => {
    const { id } = await desk.customers.create(maria);
    const other = await desk.customers.create({ ...maria, phone_number: '+15125550124' });
    const [own, car] = [
      await desk.customers.addVehicle(id, { make: 'Kia', model: 'Rio' }),
      await desk.customers.addVehicle(other.id, { make: 'Ford', model: 'Focus' }),
    ];
    const input = { service_type: 'tires', date: '2026-03-03T08:00', customer_id: id, vehicle_id: own.id };
    const { id: appointmentId } = await desk.appointments.create(input);
    for (const phone of [PHONE, '+15125550124']) await lookup.byPhone(phone);
    // Each has read the appointment before any of them writes.
    const get = vi
      .spyOn(AppointmentBook.prototype, 'get')
      .mockResolvedValue(await desk.appointments.get(appointmentId));
    onTestFinished(() => get.mockRestore());
    const change = (changes: object) => desk.appointments.change(appointmentId, changes);
    await change({ customer_id: other.id, vehicle_id: car.id });
    expect(await change({ notes: 'Rattles.' })).toMatchObject({ customer_id: other.id, vehicle_id: car.id });
    for (const phone of [PHONE, '+15125550124']) expect(await cache.getCachedCustomer(phone)).toBeNull();
    expect(await change({ vehicle_id: own.id })).toMatchObject({ customer_id: other.id, vehicle_id: null });
    await lookup.byPhone('+15125550124');
    expect(await change({ status: 'cancelled' })).toMatchObject({ notes: 'Rattles.', customer_id: other.id });
    expect(await cache.getCachedCustomer('+15125550124')).toBeNull();
  });
});

describe('every write that changes a profile', () => {
  let id: number;
  let customer: Customer;
  let carId: number;
  beforeEach(async () => {
    customer = await desk.customers.create(maria);
    id = customer.id;
    carId = (await desk.customers.addVehicle(id, { make: 'Kia', model: 'Rio' })).id;
    await fill();
  });
  const fill = async () => {
    await lookup.byPhone(PHONE);
    expect(await cache.getCachedCustomer(PHONE)).not.toBeNull();
  };
  const appointment = (date: string) =>
    desk.appointments.create({ service_type: 'tires', date, customer_id: id, vehicle_id: carId });

  const writes: [string, () => Promise<unknown>][] = [
    ['a booking by a caller', () => newCall({ customer }).book(request())],
    ['a booking by a caller whose lookup was late', () => newCall().book(request())],
    ['a booking at the counter', () => appointment('2026-03-03T08:00')],
    ['a changed name', () => desk.customers.change(id, { first_name: 'Mariana' })],
    ['a vehicle added', () => desk.customers.addVehicle(id, { make: 'Ford', model: 'Focus' })],
    ['a vehicle changed', () => desk.customers.changeVehicle(carId, { year: 2020 })],
    ['a vehicle removed', () => desk.customers.removeVehicle(carId)],
  ];
  test.each(writes)('%s removes it from the cache, and the next caller is known as is', async (_, write) => {
    await write();
    expect(await cache.getCachedCustomer(PHONE)).toBeNull();
    expect(await lookup.byPhone(PHONE)).toEqual(withoutNotes(await desk.customers.get(id)));
  });

  test('a booking that is found written, and one that is taken back, remove it too', async () => {
    const call = newCall({ customer });
    await call.book(request());
    for (const write of [() => call.book(request()), () => call.cancelUnconfirmed(request().startsAt)]) {
      await fill();
      await write();
      expect(await cache.getCachedCustomer(PHONE)).toBeNull();
    }
  });

  test('an appointment moved, cancelled or given to another customer removes it too', async () => {
    const { id: appointmentId } = await appointment('2026-03-03T08:00');
    const other = await desk.customers.create({ ...maria, phone_number: '+15125550124' });
    for (const write of [
      () => desk.appointments.change(appointmentId, { date: '2026-03-03T09:00' }),
      () => desk.appointments.change(appointmentId, { customer_id: other.id }),
      () => desk.appointments.change(appointmentId, { customer_id: id }),
      () => desk.appointments.cancel(appointmentId),
    ]) {
      await fill();
      await write();
      expect(await cache.getCachedCustomer(PHONE)).toBeNull();
    }
  });

  test('a changed number removes the old and the new one', async () => {
    const newNumber = '+15125550177';
    expect(await lookup.byPhone(newNumber)).toBeNull();
    await desk.customers.change(id, { phone_number: newNumber });
    expect(await lookup.byPhone(PHONE)).toBeNull();
    expect((await lookup.byPhone(newNumber))?.id).toBe(id);
  });

  test('a number that was unknown is known as soon as its customer is created', async () => {
    expect(await lookup.byPhone('+15125550188')).toBeNull();
    const created = await desk.customers.create({ ...maria, phone_number: '+15125550188' });
    expect(await lookup.byPhone('+15125550188')).toEqual(withoutNotes(created));
  });

  test('a cache that does not answer does not turn a booking into a failure', async () => {
    cache.invalidateCustomerCache = () => new Promise(() => {});
    expect(await newCall({ customer }).book(request())).toMatchObject({ status: 'booked' });
  });
});

describe('a desk whose database is closed', () => {
  let closed: TestDatabase;
  beforeAll(async () => {
    closed = await lendEmbedded();
    await closed.drop();
  });

  test('says UNAVAILABLE of everything', async () => {
    openDesk(closed);
    const unavailable = { code: 'UNAVAILABLE' };
    await expect(newCall().openTimes({ serviceType: 'tires', limit: 1 })).rejects.toMatchObject(unavailable);
    await expect(newCall().book(request())).rejects.toMatchObject(unavailable);
    await expect(newCall().hold('tires', '2026-03-02T10:00:00-06:00')).rejects.toMatchObject(unavailable);
    await expect(desk.customers.create(maria)).rejects.toMatchObject(unavailable);
    await expect(desk.appointments.list({ limit: 1 })).rejects.toMatchObject(unavailable);
  });
});
