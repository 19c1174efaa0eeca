import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { conflictsWith, conflictsWithRules } from '../../src/appointments/conflicts.js';
import { OpenTimes } from '../../src/appointments/open-times.js';
import { appointments } from '../../src/database/schema.js';
import type { Closure } from '../../src/shop/closure.js';
import { shopOf } from '../../src/shop/shop.js';
import type { ShopSettings } from '../../src/shop/shop-settings.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

const timezone = 'America/Chicago';
const now = new Date('2026-03-02T15:00:00Z');
const service = (type: string) => new OpenTimes(shopOf({}).rules).serviceOf(type);
const CLOSED: Closure = { id: 1, from: '2026-03-04', to: '2026-03-05', bay: null, hours: null, reason: null };

/** What stands in a closure, and what has no place by the rules of the shop, in every kind of database. */
export function conflictsContract({ name, create }: DatabaseKind): void {
  describe(`what stands in a closure or has no place, in ${name}`, () => {
    let store: TestDatabase;
    beforeAll(async () => {
      store = await create();
    });
    afterAll(() => store.drop());
    beforeEach(() => emptyTables(store.database));

    /** In the shop's winter time. */
    const book = (from: string, to: string, more: Partial<typeof appointments.$inferInsert> = {}) => {
      const [startsAt, endsAt] = [new Date(`${from}:00-06:00`), new Date(`${to}:00-06:00`)];
      const row = { serviceType: 'tires', bay: 1, status: 'booked' as const, startsAt, endsAt, ...more };
      return store.database.run((sql) => sql.insert(appointments).values(row));
    };
    const conflicts = async (closure: Partial<Closure> = {}, at = now) => {
      const query = { timezone, now: at };
      const found = await store.database.run((sql) => conflictsWith(sql, { ...CLOSED, ...closure }, query));
      return found.map(({ date }) => date.slice(0, 16));
    };

    test('is what begins, ends or goes on in its days, soonest first', async () => {
      await book('2026-03-05T23:30', '2026-03-06T00:30');
      await book('2026-03-03T23:30', '2026-03-04T00:30');
      await book('2026-03-03T22:00', '2026-03-04T00:00', { bay: 2 });
      await book('2026-03-06T00:30', '2026-03-06T01:00');
      expect(await conflicts()).toEqual(['2026-03-03T23:30', '2026-03-05T23:30']);
    });

    test('is work that is not done yet, and not the time for which its bay stays taken afterwards', async () => {
      await book('2026-03-03T21:00', '2026-03-03T23:00', { freeAt: new Date('2026-03-04T00:30:00-06:00') });
      await book('2026-03-04T09:00', '2026-03-04T10:00', { status: 'ready' });
      await book('2026-03-04T09:00', '2026-03-04T10:00', { status: 'cancelled' });
      await book('2026-03-04T11:00', '2026-03-04T12:00', { status: 'completed' });
      await book('2026-03-04T13:00', '2026-03-04T14:00', { status: 'held', heldUntil: now });
      expect(await conflicts()).toEqual(['2026-03-04T09:00']);
      expect(await conflicts({}, new Date('2026-03-04T17:00:00Z'))).toEqual([]);
    });

    test('is only what is in its bay', async () => {
      await book('2026-03-04T09:00', '2026-03-04T10:00');
      await book('2026-03-04T10:00', '2026-03-04T11:00', { bay: 2 });
      expect(await conflicts({ bay: 2 })).toEqual(['2026-03-04T10:00']);
    });

    test('is only what is outside of the hours that it has', async () => {
      await book('2026-03-04T09:00', '2026-03-04T10:00');
      await book('2026-03-04T10:00', '2026-03-04T12:00');
      await book('2026-03-05T11:00', '2026-03-05T13:30');
      expect(await conflicts({ hours: '10:00-12:00, 13:00-17:00' })).toEqual([
        '2026-03-04T09:00',
        '2026-03-05T11:00',
      ]);
    });

    test('is by the rules of the shop what has no open bay for all of its work, or no service', async () => {
      await book('2026-03-04T09:00', '2026-03-04T10:00');
      await book('2026-03-04T11:00', '2026-03-04T13:00');
      await book('2026-03-04T10:00', '2026-03-04T10:30', { bay: 2 });
      await book('2026-03-05T09:00', '2026-03-05T10:00', { serviceType: 'brakes' });
      // It goes on after the lunch break.
      await book('2026-03-05T11:00', '2026-03-05T14:00', { serviceType: 'other' });
      await book('2026-03-04T16:00', '2026-03-04T18:00', { status: 'cancelled' });
      const tires = { ...service('tires'), bays: [1] };
      const services = [tires, { ...service('other'), carries_over: true }];
      const noPlace = async (set: Partial<ShopSettings>) => {
        const { rules } = shopOf({ set: { timezone, ...set } });
        const found = await store.database.run((sql) => conflictsWithRules(sql, rules, now));
        return found.map(({ date }) => date.slice(5, 16));
      };
      expect(await noPlace({})).toEqual([]);
      expect(await noPlace({ bays: 1 })).toEqual(['03-04T10:00']);
      const lunch = 'Mon-Fri 08:00-12:00, Mon-Fri 13:00-17:00';
      expect(await noPlace({ hours: lunch, services })).toEqual([
        '03-04T10:00',
        '03-04T11:00',
        '03-05T09:00',
      ]);
      expect(await noPlace({ hours: lunch })).toEqual(['03-04T11:00', '03-05T11:00']);
    });
  });
}
