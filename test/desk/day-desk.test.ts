import { eq } from 'drizzle-orm';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { CallLog } from '../../src/call-log/call-log.js';
import { silentLogger } from '../../src/core/logger.js';
import { calls } from '../../src/database/call-schema.js';
import { appointments, customers, vehicles } from '../../src/database/schema.js';
import { DayDesk } from '../../src/desk/day-desk.js';
import { DeskExecutor } from '../../src/desk/desk-executor.js';
import { callRoutes } from '../../src/server/routes/calls.js';
import { DAYS } from '../../src/server/routes/day.js';
import type { Closure } from '../../src/shop/closure.js';
import { shopOf } from '../../src/shop/shop.js';
import { insertClosure } from '../../src/shop/shop-rows.js';
import { endedCall } from '../support/finished-call.js';
import { fixedRules, idOf } from '../support/shop-rules.js';
import { lendEmbedded, type TestDatabase } from '../support/test-database.js';

const NO_WAVEFORMS = async () => null;
const NO_ERASURES = { call: async () => false };

/** A Monday, 08:10 in Chicago. */
const NOW = new Date('2026-11-23T14:10:00Z');
const SID = `CA${'7'.repeat(32)}`;
const closure: Closure = {
  id: 1,
  from: '2026-11-24',
  to: '2026-11-24',
  bay: 2,
  hours: '12:00-14:00',
  reason: null,
};

let store: TestDatabase;
beforeAll(async () => {
  store = await lendEmbedded();
}, 60_000);
afterAll(() => store.drop());

function deskOf(set: Parameters<typeof shopOf>[0]['set'] = {}) {
  const shop = shopOf({ set, closures: [closure] });
  const lookup = { forget: async () => undefined };
  const clock = () => NOW;
  const desk = new DayDesk({
    database: store.database,
    current: { now: shop, watch: () => () => undefined },
    executor: new DeskExecutor({ lookup, logger: silentLogger() }),
    clock,
  });
  const day = async (asked?: string) => {
    const view = await desk.day(asked);
    expect(DAYS.get.answer?.safeParse(view)).toMatchObject({ success: true });
    return view;
  };
  return {
    day,
    book: new AppointmentBook({ database: store.database, rules: fixedRules(shop.rules), clock }),
  };
}

describe('a day of the book', () => {
  test('has the hours that its clock shows: 25 with one of them twice in autumn, 23 in spring', async () => {
    const { day } = deskOf({ hours: 'Sun 00:00-04:00', slot_minutes: 60 });
    const autumn = await day('2026-11-01');
    expect(autumn.hours.slice(0, 4).map((time) => time.slice(11))).toEqual([
      '00:00:00-05:00',
      '01:00:00-05:00',
      '01:00:00-06:00',
      '02:00:00-06:00',
    ]);
    expect(autumn.hours).toHaveLength(25);
    expect(autumn.starts).toHaveLength(4);
    expect(autumn.bays[0]?.open).toEqual([
      { from: '2026-11-01T00:00:00-05:00', to: '2026-11-01T04:00:00-06:00' },
    ]);
    const spring = await day('2026-03-08');
    expect(spring.hours).toHaveLength(23);
    expect(spring.starts.map((time) => time.slice(11, 13))).toEqual(['00', '01', '03']);
    expect([spring.begins_at, spring.ends_at]).toEqual([
      '2026-03-08T00:00:00-06:00',
      '2026-03-09T00:00:00-05:00',
    ]);
  });

  test('is today when none is asked for, with a strip of seven days; a day far off begins its own strip', async () => {
    const { day } = deskOf();
    const today = await day();
    expect([today.day, today.today, today.now]).toEqual([
      '2026-11-23',
      '2026-11-23',
      '2026-11-23T08:10:00-06:00',
    ]);
    expect((await day('2026-11-29')).week).toEqual(today.week);
    expect(today.week.map(({ open }) => open)).toEqual([true, true, true, true, true, false, false]);
    expect((await day('2026-12-07')).week[0]?.day).toBe('2026-12-07');
  });

  test.each(['2199-12-25', '2199-12-31'])(
    'can be the last that the API knows, or near it: %s',
    async (last) => {
      const { day, week, hours } = await deskOf().day(last);
      expect([day, week[0]?.day, week.length, hours.length]).toEqual([last, last, 7, 24]);
    },
  );

  test('shows a bay closed for some of its hours, and why', async () => {
    const { bays, closures } = await deskOf().day('2026-11-24');
    expect(closures).toEqual([closure]);
    expect(
      bays.map(({ open }) => open.map(({ from, to }) => `${from.slice(11, 16)}-${to.slice(11, 16)}`)),
    ).toEqual([['08:00-17:00'], ['12:00-14:00']]);
  });
});

describe('a day that is long over', () => {
  test('has the closures that it had', async () => {
    const over = { from: '2026-11-11', to: '2026-11-13', bay: null, hours: null, reason: 'Knee surgery' };
    const stored = await store.database.run((sql) => insertClosure(sql, over));
    const { day } = deskOf();
    const { closures, bays, starts, week } = await day('2026-11-12');
    expect(closures).toEqual([stored]);
    expect([bays.map(({ open }) => open), starts]).toEqual([[[], []], []]);
    expect(week.map(({ open }) => open)).toEqual([false, false, false, false, true, true, true]);
    expect((await day('2026-11-10')).closures).toEqual([]);
  });
});

describe('the appointments of a day', () => {
  test('come with whom, what and which call, cancelled ones too; missed ones are not counted ahead', async () => {
    const { day, book } = deskOf();
    const { database } = store;
    const [customer] = await database.run((sql) =>
      sql
        .insert(customers)
        .values({ phoneNumber: '+15125550171', firstName: 'Ada', lastName: 'King' })
        .returning(),
    );
    const customerId = customer?.id ?? 0;
    const [car] = await database.run((sql) =>
      sql
        .insert(vehicles)
        .values({ customerId, make: 'Kia', model: 'Rio', year: 2019, plate: 'XYZ 12' })
        .returning(),
    );
    const at = (time: string) => new Date(`2026-11-25T${time}-06:00`);
    const booked = idOf(
      await book.book({
        serviceType: 'brakes',
        startsAt: at('09:00'),
        callSid: SID,
        callerPhone: '+15125550171',
        customerId,
        vehicleId: car?.id ?? null,
      }),
    );
    const gone = idOf(await book.book({ serviceType: 'oil_change', startsAt: at('10:00') }));
    await book.change(gone, { status: 'cancelled' });
    const sure = idOf(await book.book({ serviceType: 'oil_change', startsAt: at('11:00'), confirmed: true }));
    expect(await book.hold(`CA${'8'.repeat(32)}`, 'oil_change', at('13:00'))).toBe(true);
    const { appointments: shown, held, week } = await day('2026-11-25');
    expect(shown.map(({ id }) => id)).toEqual([booked, gone, sure]);
    expect(shown[0]).toMatchObject({
      service_name: 'brake service',
      customer: { name: 'Ada King', phone_number: '+15125550171' },
      vehicle: '2019 Kia Rio XYZ 12',
      call_sid: SID,
      test: false,
      free_at: null,
    });
    expect(shown[1]).toMatchObject({ status: 'cancelled', customer: null, vehicle: null, call_sid: null });
    expect(held).toEqual([{ bay: 1, from: '2026-11-25T13:00:00-06:00', to: '2026-11-25T13:30:00-06:00' }]);
    expect(week[2]).toEqual({ day: '2026-11-25', open: true, appointments: 2, unconfirmed: 1 });
  });

  test('of a call that tried the line say so, and are found by their customer as the call is', async () => {
    const { database } = store;
    const log = new CallLog({ database, logger: silentLogger() });
    const [row] = await database.run((sql) =>
      sql
        .select({ customerId: appointments.customerId })
        .from(appointments)
        .where(eq(appointments.callSid, SID)),
    );
    const customerId = row?.customerId ?? 0;
    log.record(endedCall(SID, { test: true, customer_id: customerId }));
    log.record(endedCall(`CA${'9'.repeat(32)}`));
    await vi.waitFor(async () => expect(await database.run((sql) => sql.$count(calls))).toBe(2));
    const { day, book } = deskOf();
    expect((await day('2026-11-25')).appointments[0]?.test).toBe(true);
    const own = await book.list({ customerId, limit: 10 });
    expect(own.map(({ service_type }) => service_type)).toEqual(['brakes']);
    const api = request(express().use(callRoutes(log, NO_WAVEFORMS, NO_ERASURES, () => 'UTC')));
    const { body } = await api.get(`/api/calls?customer_id=${customerId}`).expect(200);
    expect(body.calls.map(({ call_sid }: { call_sid: string }) => call_sid)).toEqual([SID]);
    await log.close();
  });

  test('that last longer than a day are in each of them, in a bay that the shop may have no more', async () => {
    const long = { type: 'rebuild', name: 'rebuild', choice: 'a rebuild', minutes: 600, price_cents: null };
    const services = [{ ...long, bays: null, bookable: true, after_minutes: 0, carries_over: true }];
    const { book } = deskOf({ services });
    const id = idOf(
      await book.book({ serviceType: 'rebuild', startsAt: new Date('2026-11-26T16:00:00-06:00'), bay: 2 }),
    );
    const { day } = deskOf({ services, bays: 1 });
    for (const each of ['2026-11-26', '2026-11-27'])
      expect((await day(each)).appointments.map((shown) => shown.id)).toEqual([id]);
    const { bays } = await day('2026-11-27');
    expect(bays.map(({ bay, open }) => [bay, open.length])).toEqual([
      [1, 1],
      [2, 0],
    ]);
    expect((await day('2026-12-01')).appointments).toEqual([]);
  });
});
