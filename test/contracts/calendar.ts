import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CalendarEntry, ShopCalendar } from '../../src/appointments/shop-calendar.js';
import { appointments, customers, vehicles } from '../../src/database/schema.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

const NOW = new Date('2026-03-02T15:00:00Z');
const hours = (count: number) => new Date(NOW.getTime() + count * 3_600_000);
const YEAR_HOURS = 366 * 24;

/** What the calendar must be over every kind of database. */
export function calendarContract({ name, create }: DatabaseKind): void {
  describe(`the calendar in ${name}`, () => {
    let store: TestDatabase;
    let calendar: ShopCalendar;
    beforeAll(async () => {
      store = await create();
      calendar = new ShopCalendar(store.database, () => NOW);
    });
    afterAll(() => store.drop());
    beforeEach(() => emptyTables(store.database));

    type Row = Partial<typeof appointments.$inferInsert>;
    async function booked(inHours: number, row: Row = {}): Promise<number> {
      const [startsAt, endsAt] = [hours(inHours), hours(inHours + 1)];
      const all = { serviceType: 'tires', bay: 1, status: 'booked', startsAt, endsAt, ...row } as const;
      const [made] = await store.database.run((sql) => sql.insert(appointments).values(all).returning());
      return made?.id ?? 0;
    }
    async function all(names = false): Promise<CalendarEntry[]> {
      const found: CalendarEntry[] = [];
      for (let page = await calendar.page(names, null); page.length > 0; ) {
        found.push(...page);
        page = await calendar.page(names, page.at(-1) ?? null);
      }
      return found;
    }
    const execute = (statement: string) => store.database.run((sql) => sql.execute(statement));

    test('has no address before one is made, and one at a time afterwards', async () => {
      await execute('delete from calendar_address');
      expect(await calendar.current()).toBeNull();
      expect(await calendar.find('')).toBeNull();
      const first = await calendar.rotate(true);
      expect(first.secret).toMatch(/^[\w-]{32}$/);
      expect(await calendar.current()).toEqual({ ...first, names: true });
      expect(await calendar.find(first.secret)).toEqual(first);
      const second = await calendar.rotate(false);
      expect(await calendar.find(first.secret)).toBeNull();
      expect(await calendar.find(second.secret)).toEqual({ secret: second.secret, names: false });
      expect(await calendar.find(`${second.secret.slice(0, -1)}!`)).toBeNull();
    });

    test('holds what is booked from a year back on, in order, and no holds or cancelled ones', async () => {
      const later = await booked(48);
      const sooner = await booked(24);
      const past = await booked(24 - YEAR_HOURS, { status: 'completed' });
      await booked(-25 - YEAR_HOURS);
      await booked(72, { status: 'cancelled' });
      await booked(96, { status: 'held', heldUntil: hours(97), callSid: 'CA1' });
      expect((await all()).map(({ id }) => id)).toEqual([past, sooner, later]);
    });

    test('comes page by page, each appointment once, also where many begin at the same time', async () => {
      const rows = Array.from({ length: 250 }, (_, n) => ({
        serviceType: 'tires',
        bay: n + 1,
        status: 'booked' as const,
        startsAt: hours(24),
        endsAt: hours(25),
      }));
      for (let from = 0; from < rows.length; from += 50)
        await store.database.run((sql) => sql.insert(appointments).values(rows.slice(from, from + 50)));
      const bays = (await all()).map(({ bay }) => bay);
      expect(bays.sort((a, b) => a - b)).toEqual(rows.map(({ bay }) => bay));
    });

    test('names a person and a vehicle only when that is asked for', async () => {
      const person = { phoneNumber: '+15125550123', firstName: 'Ada', lastName: '' };
      const [ada] = await store.database.run((sql) => sql.insert(customers).values(person).returning());
      const customerId = ada?.id ?? 0;
      const car = { customerId, make: 'Kia', model: 'Rio', year: 2019 };
      const [rio] = await store.database.run((sql) => sql.insert(vehicles).values(car).returning());
      await booked(24, { customerId, vehicleId: rio?.id ?? 0 });
      await booked(48);
      expect(await all()).toMatchObject([
        { person: null, vehicle: null },
        { person: null, vehicle: null },
      ]);
      expect(await all(true)).toMatchObject([
        { person: 'Ada', vehicle: '2019 Kia Rio' },
        { person: null, vehicle: null },
      ]);
      const [plain, named] = [await calendar.fingerprint(false), await calendar.fingerprint(true)];
      await execute("update customers set last_name = 'King'");
      expect(await calendar.fingerprint(false)).toBe(plain);
      expect(await calendar.fingerprint(true)).not.toBe(named);
    });

    test('has another fingerprint after each change, and tells how often an appointment was changed', async () => {
      const seen = [await calendar.fingerprint(false)];
      const id = await booked(24);
      seen.push(await calendar.fingerprint(false));
      expect(await calendar.fingerprint(false)).toBe(seen.at(-1));
      const [before] = await all();
      await execute(`update appointments set status = 'ready' where id = ${id}`);
      seen.push(await calendar.fingerprint(false));
      const [after] = await all();
      expect([before?.revision, after?.revision]).toEqual([0, 1]);
      expect(after?.changedAt.getTime()).toBeGreaterThanOrEqual(before?.changedAt.getTime() ?? 0);
      await execute(`update appointments set status = 'cancelled' where id = ${id}`);
      await booked(48);
      seen.push(await calendar.fingerprint(false));
      expect(new Set(seen).size).toBe(seen.length);
    });
  });
}
