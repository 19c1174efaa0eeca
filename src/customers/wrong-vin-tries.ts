import { and, eq, gt, lte, sql as statement } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { customers, vehicles, wrongVinTries } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';

/** What is on file for a number; without a customer `customerId` is null and `vins` empty. */
export interface NumberOnFile {
  readonly customerId: number | null;
  /** Of every vehicle of the customer that has one. */
  readonly vins: readonly string[];
  /** Wrong tries from this number in the last 24 hours, on all calls and gateways. */
  readonly wrongTries: number;
}

export interface WrongVinTriesOptions {
  readonly database: Database;
  readonly clock?: () => Date;
}

const DAY_MS = 86_400_000;
// Any number that nothing else in the database locks in pairs.
const TRY_LOCK = 227_529;

/** Remembers for a day which numbers wrong digits of a VIN were keyed from. Every gateway of the shop sees the same. */
export class WrongVinTries {
  readonly #database: Database;
  readonly #clock: () => Date;

  constructor({ database, clock = () => new Date() }: WrongVinTriesOptions) {
    this.#database = database;
    this.#clock = clock;
  }

  /**
   * Lets `judge` decide about digits keyed on a call from this number (E.164) and keeps the try when the result is `wrong`. One at a time
   * for a number, so that tries at the same time are counted one after the other. Does the same work for every number. Rejects as
   * {@link Database} does: then nothing was decided.
   */
  async take<T extends { readonly result: string }>(
    phone: string,
    judge: (onFile: NumberOnFile) => T,
  ): Promise<T> {
    const now = this.#clock();
    const dayAgo = new Date(now.getTime() - DAY_MS);
    return this.#database.transaction(async (sql) => {
      await sql.execute(statement`select pg_advisory_xact_lock(${TRY_LOCK}, hashtext(${phone}))`);
      await forget(sql, dayAgo);
      const recent = and(eq(wrongVinTries.phoneNumber, phone), gt(wrongVinTries.triedAt, dayAgo));
      const wrongTries = await sql.$count(wrongVinTries, recent);
      const verdict = judge({ ...(await onFile(sql, phone)), wrongTries });
      if (verdict.result === 'wrong')
        await sql.insert(wrongVinTries).values({ phoneNumber: phone, triedAt: now });
      return verdict;
    });
  }
}

// Rows that another call is just forgetting are left to it.
async function forget(sql: Sql, before: Date): Promise<void> {
  await sql.execute(statement`delete from ${wrongVinTries} where id in (
    select id from ${wrongVinTries} where ${lte(wrongVinTries.triedAt, before)} for update skip locked)`);
}

async function onFile(sql: Sql, phone: string): Promise<Omit<NumberOnFile, 'wrongTries'>> {
  const rows = await sql
    .select({ customerId: customers.id, vin: vehicles.vin })
    .from(customers)
    .leftJoin(vehicles, eq(vehicles.customerId, customers.id))
    .where(eq(customers.phoneNumber, phone));
  return { customerId: rows[0]?.customerId ?? null, vins: rows.flatMap(({ vin }) => vin ?? []) };
}
