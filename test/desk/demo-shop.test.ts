import { DateTime } from 'luxon';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { parseOpeningHours } from '../../src/core/opening-hours.js';
import { CustomerRepository } from '../../src/customers/customer-repository.js';
import { normalizePhone } from '../../src/customers/phone-number.js';
import { appointments, customers } from '../../src/database/schema.js';
import { DEMO_CALLER, DEMO_CALLER_WITH_ONE_VEHICLE } from '../../src/desk/demo-customers.js';
import { seedDemoShop } from '../../src/desk/demo-shop.js';
import { ShopStore } from '../../src/shop/shop-store.js';
import { ShopWriter } from '../../src/shop/shop-writer.js';
import { emptyTables, lendEmbedded, type TestDatabase } from '../support/test-database.js';

const timezone = 'America/Chicago';
const NOW = new Date('2026-03-05T19:20:00Z');
const clock = () => NOW;

describe('the demo shop', () => {
  let store: TestDatabase;
  beforeAll(async () => {
    store = await lendEmbedded();
  });
  afterAll(() => store.drop());
  beforeEach(() => emptyTables(store.database));
  const shop = (hours: string, bays: number) => ({
    database: store.database,
    given: { hours, bays },
    clock,
  });
  const booked = () => store.database.run((sql) => sql.select().from(appointments));

  test('has customers whose numbers are callers, and two that a reader can play', async () => {
    expect(await seedDemoShop(shop('Mon-Fri 08:00-17:00', 2))).toBe(true);
    const repository = new CustomerRepository({ database: store.database, timezone: () => timezone, clock });
    const all = await repository.list({ limit: 100 });
    expect(all).toHaveLength(12);
    for (const { phone_number, vehicles } of all) {
      expect(normalizePhone(phone_number)).toBe(phone_number);
      expect(vehicles.length).toBeGreaterThan(0);
      for (const { vin } of vehicles) expect(vin).toMatch(/^[A-HJ-NPR-Z0-9]{13}\d{4}$/);
    }
    const caller = await repository.findByPhone(DEMO_CALLER);
    expect([caller?.vehicles.length, caller?.upcoming_appointments.length]).toEqual([2, 2]);
    expect(caller?.last_service_date).not.toBeNull();
    const other = await repository.findByPhone(DEMO_CALLER_WITH_ONE_VEHICLE);
    expect([other?.vehicles.length, other?.upcoming_appointments.length]).toEqual([1, 0]);
  });

  test('has an address, prices, work of half a day, a buffer and a closure ahead, under what the environment gives', async () => {
    await seedDemoShop(shop('Mon-Fri 08:00-17:00', 3));
    const given = { bays: 3 };
    const store_ = new ShopStore({ database: store.database, given, logger: silentLogger(), clock });
    await store_.refresh();
    const { settings, rules } = store_.now;
    expect(settings).toMatchObject({ bays: 3, address: expect.stringContaining('Street') });
    expect(settings.services[0]).toMatchObject({ type: 'oil_change', price_cents: 4995 });
    expect(settings.services.some(({ minutes }) => minutes === 240)).toBe(true);
    expect(settings.services.some(({ after_minutes }) => after_minutes > 0)).toBe(true);
    expect(rules.closures).toMatchObject([{ from: '2026-03-26', to: '2026-03-26', bay: null, hours: null }]);
  });

  test('leaves settings alone that somebody has made before there were customers', async () => {
    const { database } = store;
    const own = new ShopStore({ database, given: {}, logger: silentLogger(), clock });
    await new ShopWriter({ database, store: own }).change({ address: 'Mine' }, async () => undefined);
    await seedDemoShop(shop('Mon-Fri 08:00-17:00', 2));
    await own.refresh();
    expect(own.now).toMatchObject({ revision: 1, settings: { address: 'Mine' }, rules: { closures: [] } });
  });

  test('is seeded once, and never beside a real customer', async () => {
    const options = shop('Mon-Fri 08:00-17:00', 2);
    await seedDemoShop(options);
    expect(await seedDemoShop(options)).toBe(false);
    await emptyTables(store.database);
    const real = { phoneNumber: '+15125550199', firstName: 'A', lastName: 'B' };
    await store.database.run((sql) => sql.insert(customers).values(real));
    expect(await seedDemoShop(options)).toBe(false);
    expect(await store.database.run((sql) => sql.$count(customers))).toBe(1);
  });

  test('leaves a server that was given alone', async () => {
    const database = { ...store.database, embedded: false, ready: store.database.ready };
    expect(await seedDemoShop({ ...shop('Mon-Fri 08:00-17:00', 2), database })).toBe(false);
    expect(await booked()).toEqual([]);
  });

  test('has customers even where nothing fits into the opening hours', async () => {
    expect(await seedDemoShop(shop('Sat 09:00-09:20', 1))).toBe(true);
    expect(await booked()).toEqual([]);
  });

  test.each([
    ['Mon-Fri 08:00-17:00', 2],
    ['Mon-Fri 08:00-17:00', 1],
    ['Sat 09:00-12:00', 1],
  ])('open %s with %i bays has appointments inside its hours and its bays', async (hours, bays) => {
    await seedDemoShop(shop(hours, bays));
    const rows = await booked();
    expect(rows.some((row) => row.startsAt < NOW)).toBe(true);
    expect(rows.some((row) => row.startsAt > NOW)).toBe(true);
    const open = parseOpeningHours(hours);
    for (const { startsAt, endsAt, status, bay } of rows) {
      const [start, end] = [startsAt, endsAt].map((at) => DateTime.fromJSDate(at, { zone: timezone }));
      const [from = 0, to = 0] = [start, end].map((at) => (at ? at.hour * 60 + at.minute : 0));
      const spans = open[(start?.weekday ?? 1) - 1] ?? [];
      expect(spans.some((span) => span.opens <= from && to <= span.closes)).toBe(true);
      expect(bay).toBeLessThanOrEqual(bays);
      expect(status).toBe(endsAt <= NOW ? 'completed' : 'booked');
    }
  });
});
