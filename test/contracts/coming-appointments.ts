import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { appointments, customers } from '../../src/database/schema.js';
import { fixedRulesOf } from '../support/shop-rules.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

// A Monday, nine in the morning in Chicago.
const NOW = new Date('2026-03-02T15:00:00Z');

type Status = (typeof appointments.$inferInsert)['status'];

/** What customers hear of their appointments, in every kind of database. */
export function comingAppointmentsContract({ name, create }: DatabaseKind): void {
  describe(`the appointments of a customer in ${name}`, () => {
    let store: TestDatabase;
    let book: AppointmentBook;
    let maria: number;
    let james: number;
    beforeAll(async () => {
      store = await create();
      book = new AppointmentBook({ database: store.database, rules: fixedRulesOf({}), clock: () => NOW });
    });
    afterAll(() => store.drop());
    beforeEach(async () => {
      await emptyTables(store.database);
      [maria, james] = [await customer('+15125550142'), await customer('+15125550143')];
    });

    async function customer(phoneNumber: string): Promise<number> {
      const row = { phoneNumber, firstName: 'Maria', lastName: 'Alvarez' };
      const [added] = await store.database.transaction((sql) =>
        sql.insert(customers).values(row).returning(),
      );
      return added?.id ?? 0;
    }

    /** `at`: of the first of March or the day after, in Chicago; each in a bay of its own. */
    async function appointment(at: string, status: Status, customerId = maria): Promise<number> {
      const startsAt = new Date(`2026-03-${at}:00-06:00`);
      const endsAt = new Date(startsAt.getTime() + 3_600_000);
      const bay = 1 + (await store.database.run((sql) => sql.$count(appointments)));
      const row = { serviceType: 'tires', startsAt, endsAt, bay, status, customerId };
      const [added] = await store.database.transaction((sql) =>
        sql.insert(appointments).values(row).returning(),
      );
      return added?.id ?? 0;
    }

    const idsOf = async (customerId: number, limit = 20) =>
      (await book.coming(customerId, limit)).map(({ appointment: { id } }) => id);

    test('are those in the shop and those that are booked, and nobody else’s', async () => {
      const later = await appointment('03T10:00', 'booked');
      const waits = await appointment('02T08:00', 'waiting_for_parts');
      const sooner = await appointment('02T11:00', 'booked');
      const since = await appointment('01T08:00', 'ready');
      for (const status of ['completed', 'no_show', 'cancelled'] as const)
        await appointment('03T12:00', status);
      const his = await appointment('02T12:00', 'booked', james);
      expect(await idsOf(maria)).toEqual([since, waits, sooner, later]);
      expect(await idsOf(james)).toEqual([his]);
      expect(await idsOf(maria, 2)).toEqual([since, waits]);
      expect(await idsOf(0)).toEqual([]);
    });

    test('may be changed until they begin, and not once their car is in the shop', async () => {
      await appointment('02T08:00', 'booked');
      await appointment('02T08:30', 'booked');
      await appointment('02T09:00', 'booked');
      await appointment('02T09:01', 'booked');
      await appointment('02T10:00', 'arrived');
      const told = await book.coming(maria, 20);
      const at = told.map(({ appointment: { date }, status, mayChange }) => [
        date.slice(11, 16),
        status,
        mayChange,
      ]);
      expect(at).toEqual([
        ['10:00', 'arrived', false],
        // Begun, and not over.
        ['08:30', 'booked', false],
        ['09:00', 'booked', false],
        ['09:01', 'booked', true],
      ]);
    });
  });
}
