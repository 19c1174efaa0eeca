import { sql as statement } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { appointments, customers } from '../../src/database/schema.js';
import { SqlError } from '../../src/database/sql-error.js';
import type { Sql } from '../../src/database/sql-pool.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

const PHONE = '+15125550199';
const nadia = { phoneNumber: PHONE, firstName: 'Nadia', lastName: 'Haddad', email: null, notes: null };

/** What every kind of database must do. */
export function databaseContract({ name, create }: DatabaseKind): void {
  describe(`a database in ${name}`, () => {
    let test_: TestDatabase;
    beforeAll(async () => {
      test_ = await create();
    });
    afterAll(() => test_.drop());
    beforeEach(() => emptyTables(test_.database));

    const countCustomers = () => test_.database.run((sql) => sql.$count(customers));

    test('says that it is up', async () => {
      expect(await test_.database.check()).toEqual({ status: 'up', latencyMs: expect.any(Number) });
    });

    test('keeps what a transaction has committed', async () => {
      const id = await test_.database.transaction(async (sql) => {
        const [row] = await sql.insert(customers).values(nadia).returning();
        return row?.id;
      });
      const rows = await test_.database.run((sql) => sql.select().from(customers));
      expect(rows).toHaveLength(1);
      expect(rows).toMatchObject([{ id, ...nadia, createdAt: expect.any(Date) }]);
    });

    test('keeps nothing of a transaction that throws, and passes its error on', async () => {
      const fault = new Error('changed my mind');
      const work = test_.database.transaction(async (sql) => {
        await sql.insert(customers).values(nadia);
        throw fault;
      });
      await expect(work).rejects.toBe(fault);
      expect(await countCustomers()).toBe(0);
    });

    test('names the violated constraint without the values', async () => {
      await test_.database.run((sql) => sql.insert(customers).values(nadia));
      const again = test_.database.run((sql) => sql.insert(customers).values(nadia));
      const error = await again.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SqlError);
      expect(error).toMatchObject({ state: '23505', constraint: 'customers_phone_number_unique' });
      expect(`${error} ${JSON.stringify(error)}`).not.toContain(PHONE.slice(2));
    });

    test('refuses a bay that is taken, and only while it is taken', async () => {
      const place = (bay: number, from: string, to: string, status: 'booked' | 'cancelled' = 'booked') => ({
        serviceType: 'tires',
        bay,
        status,
        startsAt: new Date(`2026-03-02T${from}:00Z`),
        endsAt: new Date(`2026-03-02T${to}:00Z`),
      });
      const insert = (row: ReturnType<typeof place>) =>
        test_.database.run((sql) => sql.insert(appointments).values(row));
      await insert(place(1, '15:00', '16:00'));
      await insert(place(1, '16:00', '17:00'));
      await insert(place(2, '15:30', '16:30'));
      await insert(place(1, '15:30', '16:30', 'cancelled'));
      await expect(insert(place(1, '15:30', '15:45'))).rejects.toMatchObject({
        constraint: 'appointments_bay_free',
      });
    });

    test('runs operations side by side without mixing their transactions', async () => {
      const add = (n: number) => async (sql: Sql) => {
        await sql.insert(customers).values({ ...nadia, phoneNumber: `${PHONE}${n}` });
        if (n % 2 === 1) throw new RangeError('odd');
        return sql.$count(customers);
      };
      const work = Array.from({ length: 12 }, (_, n) => test_.database.transaction(add(n)));
      const outcomes = await Promise.allSettled(work);
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(6);
      expect(await countCustomers()).toBe(6);
    });

    test('ends a statement that takes too long with UNAVAILABLE and works on', async () => {
      const slow = test_.database.transaction(async (sql) => {
        await sql.insert(customers).values(nadia);
        await sql.execute(statement`select pg_sleep(3)`);
      });
      await expect(slow).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect.poll(() => test_.database.check()).toMatchObject({ status: 'up' });
      expect(await countCustomers()).toBe(0);
    });

    describe('under a lock', () => {
      const LOCK = 4711;
      const nothing = async () => null;
      // However busy the machine is.
      const WITHIN_MS = 30_000;
      const holdsLock = async (sql: Sql) => {
        const { rows } = await sql.execute(
          statement`select 1 from pg_locks where locktype = 'advisory' and objid = ${LOCK} and granted and pid = pg_backend_pid()`,
        );
        return rows.length === 1;
      };

      test('asks when it has the lock, all in one go, and then works with the answers', async () => {
        const held = await test_.database.locked(LOCK, {
          ask: (sql) => Promise.all([holdsLock(sql), sql.$count(customers)]),
          work: async (sql, answers) => [...answers, await holdsLock(sql)],
        });
        expect(held).toEqual([true, 0, true]);
        expect(await test_.database.run(holdsLock)).toBe(false);
      });

      test('works one after the other: each sees what the one before has written', async () => {
        const numbers = Array.from({ length: 12 }, (_, n) => `+1512555${1000 + n}`);
        const seen = await Promise.all(
          numbers.map((phoneNumber) =>
            test_.database.locked(
              LOCK,
              {
                ask: (sql) => sql.$count(customers),
                work: async (sql, before) => {
                  await sql.insert(customers).values({ ...nadia, phoneNumber });
                  return before;
                },
              },
              WITHIN_MS,
            ),
          ),
        );
        expect(seen.sort((a, b) => a - b)).toEqual(numbers.map((_, n) => n));
      });

      test('keeps nothing when a question or the work fails, and passes the error on', async () => {
        const fault = new Error('changed my mind');
        const work = async (sql: Sql) => {
          await sql.insert(customers).values(nadia);
          throw fault;
        };
        await expect(test_.database.locked(LOCK, { ask: nothing, work })).rejects.toBe(fault);
        const wrong = { ask: (sql: Sql) => sql.execute('select nobody'), work: nothing };
        await expect(test_.database.locked(LOCK, wrong)).rejects.toMatchObject({ state: '42703' });
        expect(await countCustomers()).toBe(0);
        expect(await test_.database.locked(LOCK, { ask: nothing, work: holdsLock })).toBe(true);
      });
    });
  });
}
