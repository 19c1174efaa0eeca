import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Customer } from '../../src/customers/customer.js';
import { appointments } from '../../src/database/schema.js';
import type { CallAtDesk } from '../../src/desk/caller.js';
import type { CallerDesk } from '../../src/desk/desk.js';
import { BOOKINGS_A_CALL, WRITES_A_CALL } from '../../src/desk/desk-policy.js';
import { type CallAtDeskOptions, callAtDesk } from '../support/call-at-desk.js';
import { counted } from '../support/counted.js';
import { PrivateShop } from '../support/private-shop.js';
import { DATABASE_KINDS, emptyTables, type TestDatabase } from '../support/test-database.js';

const EIGHT = '2026-03-05T08:00:00-06:00';
const NINE = '2026-03-05T09:00:00-06:00';
const FORBIDDEN = { code: 'FORBIDDEN' };
const MARIA_DIGITS = '7042';
const tires = (startsAt: string, vehicleId: number | null = null) => ({
  serviceType: 'tires',
  startsAt,
  vehicleId,
});

describe.each(DATABASE_KINDS)('the desk of one call in $name', ({ create }) => {
  let store: TestDatabase;
  let shop: PrivateShop;
  let maria: Customer;
  let james: Customer;
  beforeAll(async () => {
    store = await create();
  });
  afterAll(() => store.drop());
  beforeEach(async () => {
    await emptyTables(store.database);
    ({ shop, maria, james } = await PrivateShop.open(store.database));
  });
  const open = (options: CallAtDeskOptions = {}): { desk: CallerDesk; call: CallAtDesk } => {
    const call = callAtDesk({ phone: maria.phone_number, customer: maria, ...options });
    return { call, desk: shop.desk.forCall(call) };
  };
  const refusals = async () => {
    const { values } = await shop.metrics.deskRefusals.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels.rule, value]));
  };
  async function book(desk: CallerDesk, startsAt: string): Promise<number> {
    const result = await desk.book(tires(startsAt));
    if (result.status !== 'booked') throw new Error('The time was taken.');
    return result.appointment.id;
  }

  test('tells and changes the customer’s own when the right digits were keyed', async () => {
    const { desk, call } = open();
    const [coming] = maria.upcoming_appointments;
    await expect(desk.cancel(coming?.id ?? 0)).rejects.toMatchObject(FORBIDDEN);
    expect(await desk.isVerified()).toBe(false);
    expect(await desk.verify('0000')).toEqual({ outcome: 'wrong', triesLeft: 2 });
    expect(await desk.verify('9178')).toEqual({ outcome: 'wrong', triesLeft: 1 });
    expect(await desk.verify(MARIA_DIGITS)).toEqual({ outcome: 'verified' });
    expect(call.session.data.verified).toEqual({ by: 'vin', customer_id: maria.id });
    expect(await desk.isVerified()).toBe(true);
    const car = { id: maria.vehicles[0]?.id, make: 'Zaporozhets', model: 'P70', year: 1972 };
    const told = { ...coming, status: 'booked', vehicle: car, may_change: true };
    expect(await desk.upcoming()).toEqual([told]);
    const moved = await desk.move({ appointmentId: coming?.id ?? 0, startsAt: EIGHT });
    expect(moved).toEqual({ status: 'booked', appointment: { ...coming, date: EIGHT } });
    expect(await desk.cancel(coming?.id ?? 0)).toEqual({ ...coming, date: EIGHT });
    expect(await desk.cancel(coming?.id ?? 0)).toEqual({ ...coming, date: EIGHT });
    expect(await desk.upcoming()).toEqual([]);
    const [vehicle] = await desk.vehicles();
    expect(vehicle).toEqual({ id: maria.vehicles[0]?.id, make: 'Zaporozhets', model: 'P70', year: 1972 });
    expect(await desk.book(tires(NINE, vehicle?.id))).toMatchObject({ status: 'booked' });
  });

  test('lets whoever books move and cancel what the same call has booked, and nothing else', async () => {
    const [mine, other] = [open().desk, open({ session: { call_sid: 'CAother' } }).desk];
    const id = await book(mine, EIGHT);
    await expect(other.cancel(id)).rejects.toMatchObject(FORBIDDEN);
    await expect(other.move({ appointmentId: id, startsAt: NINE })).rejects.toMatchObject(FORBIDDEN);
    const moved = { status: 'booked', appointment: { id, service_type: 'tires', date: NINE } };
    expect(await mine.move({ appointmentId: id, startsAt: NINE })).toEqual(moved);
    expect(await mine.cancel(id)).toEqual(moved.appointment);
    await expect(mine.move({ appointmentId: id, startsAt: EIGHT })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect((await shop.desk.appointments.get(id)).status).toBe('cancelled');
  });

  test('confirms what the call has booked or is the verified caller’s, and nothing of anybody else', async () => {
    const confirmed = async () => {
      const rows = await store.database.run((sql) => sql.select().from(appointments));
      return rows.filter((row) => row.confirmed).map(({ id }) => id);
    };
    const { desk } = open();
    const id = await book(desk, EIGHT);
    const [coming, his] = [maria.upcoming_appointments[0]?.id ?? 0, james.upcoming_appointments[0]?.id ?? 0];
    await open({ session: { call_sid: 'CAother' } }).desk.confirm(id);
    for (const each of [coming, his, 999_999]) await desk.confirm(each);
    expect(await confirmed()).toEqual([]);
    for (const _ of [1, 2]) await desk.confirm(id);
    expect(await confirmed()).toEqual([id]);
    await open({ attested: true }).desk.confirm(coming);
    expect((await confirmed()).sort()).toEqual([coming, id].sort());
    await desk.move({ appointmentId: id, startsAt: NINE });
    expect(await confirmed()).toEqual([coming]);
  });

  test('moves to the time that the call keeps, and says when a time is taken', async () => {
    const { desk } = open();
    const id = await book(desk, EIGHT);
    expect(await desk.hold('tires', NINE, id)).toBe(true);
    expect(await desk.move({ appointmentId: id, startsAt: NINE })).toMatchObject({ status: 'booked' });
    const taken = maria.upcoming_appointments[0]?.date ?? '';
    expect(await desk.move({ appointmentId: id, startsAt: taken })).toEqual({ status: 'taken' });
  });

  test('changes nothing of an appointment that has another time than the caller was told', async () => {
    const { desk } = open({ attested: true });
    const { id = 0, date = '' } = maria.upcoming_appointments[0] ?? {};
    await shop.desk.appointments.change(id, { date: NINE });
    const changed = { code: 'CONFLICT' };
    await expect(desk.cancel(id, date)).rejects.toMatchObject(changed);
    await expect(desk.move({ appointmentId: id, startsAt: EIGHT, toldTime: date })).rejects.toMatchObject(
      changed,
    );
    expect(await shop.desk.appointments.get(id)).toMatchObject({ date: NINE, status: 'booked' });
    const moved = { status: 'booked', appointment: { id, date: EIGHT } };
    expect(await desk.move({ appointmentId: id, startsAt: EIGHT, toldTime: NINE })).toMatchObject(moved);
    // Asked again: its answer was lost.
    expect(await desk.move({ appointmentId: id, startsAt: EIGHT, toldTime: NINE })).toMatchObject(moved);
    expect(await desk.cancel(id, EIGHT)).toMatchObject({ id, date: EIGHT });
    expect(await desk.cancel(id, EIGHT)).toMatchObject({ id, date: EIGHT });
  });

  test('tells where a car stands that is in the shop, which the caller can neither move nor cancel', async () => {
    const { desk } = open({ attested: true });
    const { id = 0 } = maria.upcoming_appointments[0] ?? {};
    await shop.desk.appointments.change(id, { status: 'in_progress' });
    expect(await desk.upcoming()).toMatchObject([{ id, status: 'in_progress', may_change: false }]);
    await expect(desk.cancel(id)).rejects.toMatchObject(FORBIDDEN);
    await expect(desk.move({ appointmentId: id, startsAt: EIGHT })).rejects.toMatchObject(FORBIDDEN);
    expect((await shop.desk.appointments.get(id)).status).toBe('in_progress');
  });

  test('does not change what is over or is not there', async () => {
    const { desk } = open({ attested: true });
    const [coming] = maria.upcoming_appointments;
    await shop.desk.appointments.change(coming?.id ?? 0, { status: 'completed' });
    for (const id of [coming?.id ?? 0, james.upcoming_appointments[0]?.id ?? 0, 999_999])
      await expect(desk.cancel(id)).rejects.toMatchObject({
        ...FORBIDDEN,
        message: 'The caller has nothing with this id.',
      });
  });

  test('books for no vehicle that is not the verified caller’s', async () => {
    const [own, his] = [maria.vehicles[0]?.id ?? 0, james.vehicles[0]?.id ?? 0];
    await expect(open().desk.book(tires(EIGHT, own))).rejects.toMatchObject(FORBIDDEN);
    const { desk } = open({ attested: true });
    await expect(desk.book(tires(EIGHT, his))).rejects.toMatchObject(FORBIDDEN);
    expect(await desk.book(tires(EIGHT, own))).toMatchObject({ status: 'booked' });
    expect(await refusals()).toEqual({ not_verified: 1, not_yours: 1 });
  });

  test(`books ${BOOKINGS_A_CALL} appointments a call, cancelled ones counted, and the same again`, async () => {
    const { desk, call } = open({ attested: true });
    const ids = [
      await book(desk, EIGHT),
      await book(desk, NINE),
      await book(desk, '2026-03-06T08:00:00-06:00'),
    ];
    await desk.cancel(ids[2] ?? 0);
    await expect(desk.book(tires('2026-03-06T09:00:00-06:00'))).rejects.toMatchObject(FORBIDDEN);
    expect(await book(desk, EIGHT)).toBe(ids[0]);
    const resumed = shop.desk.forCall(call);
    await expect(resumed.book(tires('2026-03-06T09:00:00-06:00'))).rejects.toMatchObject(FORBIDDEN);
    const { values } = await shop.metrics.bookings.get();
    expect(values.find(({ labels }) => labels.result === 'refused')?.value).toBe(2);
  });

  test('counts the bookings of callers, and none of a test call', async () => {
    await book(open({ attested: true, session: { test: true } }).desk, EIGHT);
    await book(open({ attested: true }).desk, NINE);
    const values = await counted(shop.metrics.bookings);
    expect(values).toMatchObject([{ labels: { result: 'booked' }, value: 1 }]);
  });

  test('books within the limits for a caller who has proved nothing, and lifts them for one who has', async () => {
    const days = ['05', '06', '09', '10', '11', '12'].map((day) => `2026-03-${day}T08:00:00-06:00`);
    const bookAt = async (day: number, options: CallAtDeskOptions = {}) =>
      (await open(options).desk.book(tires(days[day] ?? ''))).status;
    for (const day of [0, 1, 2]) expect(await bookAt(day)).toBe('booked');
    expect(await bookAt(3)).toBe('over_limit');
    expect(await bookAt(3, { stir: 'TN-Validation-Passed-B' })).toBe('over_limit');
    expect(await bookAt(3, { attested: true })).toBe('booked');
    expect(await bookAt(4, { phone: james.phone_number, customer: null })).toBe('booked');
    const { desk } = open();
    expect(await desk.book(tires(days[5] ?? ''))).toEqual({ status: 'over_limit' });
    await desk.verify(MARIA_DIGITS);
    expect(await desk.book(tires(days[5] ?? ''))).toMatchObject({ status: 'booked' });
    const { values } = await shop.metrics.bookings.get();
    expect(values.find(({ labels }) => labels.result === 'over_limit')?.value).toBe(3);
  });

  test('says before a time is chosen that its day has no room for another one of the call', async () => {
    const { desk } = open();
    const id = await book(desk, EIGHT);
    expect(await desk.hold('tires', NINE)).toBe('over_limit');
    expect(await desk.hold('tires', NINE, id)).toBe(true);
    expect(await desk.move({ appointmentId: id, startsAt: NINE })).toMatchObject({ status: 'booked' });
    const values = await counted(shop.metrics.bookings);
    expect(values.map(({ labels, value }) => [labels.result, value])).toEqual([
      ['booked', 1],
      ['over_limit', 1],
    ]);
    await desk.verify(MARIA_DIGITS);
    expect(await desk.hold('tires', EIGHT)).toBe(true);
  });

  test('offers and keeps no time of a day without room for callers who have proved nothing, until they have', async () => {
    const [eight, nine] = ['2026-03-03T08:00:00-06:00', '2026-03-03T09:00:00-06:00'];
    const first = async (desk: CallerDesk) =>
      (await desk.openTimes({ serviceType: 'tires', limit: 1 }))[0]?.starts_at;
    const other = open({ phone: '+15125550177', customer: null }).desk;
    expect(await first(other)).toBe(eight);
    await book(other, eight);
    const { desk } = open();
    expect(await first(desk)).toBe(EIGHT);
    expect(await desk.hold('tires', nine)).toBe(false);
    expect(await first(open({ attested: true }).desk)).toBe(nine);
    expect(await first(open({ phone: '+15125550178', customer: null, attested: true }).desk)).toBe(nine);
    await desk.verify(MARIA_DIGITS);
    expect(await first(desk)).toBe(nine);
    expect(await desk.hold('tires', nine)).toBe(true);
    expect(await desk.book(tires(nine))).toMatchObject({ status: 'booked' });
  });

  test.each(['anonymous', 'client:front_office', 'sip:bob@example.com', '+266696687', ''])(
    'counts a caller who shows %j with all who show no number',
    async (phone) => {
      const days = ['05', '06', '09'].map((day) => `2026-03-${day}T08:00:00-06:00`);
      const told: string[] = [];
      for (const [n, day] of days.entries()) {
        const { desk } = open({ phone: n === 0 ? 'Anonymous' : phone, customer: null });
        told.push((await desk.book(tires(day))).status);
      }
      expect(told).toEqual(['booked', 'booked', 'over_limit']);
    },
  );

  test(`writes ${WRITES_A_CALL} times a call, on however many gateways`, async () => {
    const { desk, call } = open();
    const id = await book(desk, '2026-03-06T08:00:00-06:00');
    for (let n = 1; n < WRITES_A_CALL - 1; n += 1) await desk.hold('tires', n % 2 === 0 ? EIGHT : NINE);
    const resumed = shop.desk.forCall(call);
    const last = await Promise.allSettled([resumed.hold('tires', EIGHT), resumed.hold('tires', NINE)]);
    expect(last.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await resumed.openTimes({ serviceType: 'tires', limit: 1 })).toHaveLength(1);
    await expect(resumed.book(tires(NINE))).rejects.toMatchObject(FORBIDDEN);
    expect(await book(resumed, '2026-03-06T08:00:00-06:00')).toBe(id);
    await resumed.release();
    expect(await refusals()).toEqual({ too_many_writes: 2 });
  });

  test('says what is wrong with an argument, without repeating it', async () => {
    const { desk } = open({ attested: true });
    const wrong = async (asked: Promise<unknown>) => {
      await expect(asked).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      return asked.catch((error: Error) => error.message);
    };
    const withExtra = { ...tires(EIGHT), customerId: 7, 'drop table': 1 };
    expect(await wrong(desk.book(withExtra))).toBe('The desk cannot use this: there must be nothing else.');
    expect(await wrong(desk.book({ ...tires(EIGHT), serviceType: 'car_wash' }))).toContain(
      'one of oil_change, brakes',
    );
    expect(await wrong(desk.cancel(1.5))).toContain('the id of an appointment');
    expect(await wrong(desk.verify('70421'))).toBe('The desk cannot use this: digits must be four digits.');
    expect(await wrong(desk.hold('tires', 'x'.repeat(10_000)))).toContain('ISO 8601');
    expect(await wrong(desk.hold('tires', 'tomorrow'))).toContain('ISO 8601');
    expect(await wrong(desk.openTimes({ serviceType: 'tires', limit: 1000 }))).toContain('from 1 to 50');
    expect(await refusals()).toEqual({ bad_input: 7 });
  });
});
