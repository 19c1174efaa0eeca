import { eq, lte, sql as statement } from 'drizzle-orm';
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
  /** How long ago the latest of them was, in milliseconds; infinite when there is none. */
  readonly sinceWrongMs: number;
  /** Wrong tries from all numbers together, in the last hour and in the last 24. */
  readonly shop: { readonly lastHour: number; readonly lastDay: number };
}

interface WrongVinTriesOptions {
  readonly database: Database;
  readonly clock?: () => Date;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const UNTRIED = {
  wrongTries: 0,
  sinceWrongMs: Number.POSITIVE_INFINITY,
  shop: { lastHour: 0, lastDay: 0 },
};
// Any number that nothing else in the database locks in pairs.
const TRY_LOCK = 227_529;
// Taken second. An older gateway beside this one, which knows no budget of the shop, takes the first only.
const SHOP_LOCK = 227_530;

/** Remembers for a day which numbers wrong digits of a VIN were keyed from. Every gateway of the shop sees the same. */
export class WrongVinTries {
  readonly #database: Database;
  readonly #clock: () => Date;

  constructor({ database, clock = () => new Date() }: WrongVinTriesOptions) {
    this.#database = database;
    this.#clock = clock;
  }

  /**
   * Lets `judge` decide about digits keyed on a call from this number (E.164) and keeps the try when the result is `wrong`. One at a time in the
   * whole shop, so that tries at the same time are counted one after the other. Does the same work for every number. Rejects as
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
      await sql.execute(statement`select pg_advisory_xact_lock(${SHOP_LOCK}, 0)`);
      await forget(sql, dayAgo);
      const verdict = judge({ ...(await onFile(sql, phone)), ...(await wrongSoFar(sql, phone, now)) });
      if (verdict.result === 'wrong')
        await sql.insert(wrongVinTries).values({ phoneNumber: phone, triedAt: now });
      return verdict;
    });
  }

  /** As {@link take}, on a test call: nothing is counted, and what was counted before is not looked at. */
  async look<T>(phone: string, judge: (onFile: NumberOnFile) => T): Promise<T> {
    return judge({ ...(await this.#database.run((sql) => onFile(sql, phone))), ...UNTRIED });
  }
}

// Rows that another call is just forgetting are left to it.
async function forget(sql: Sql, before: Date): Promise<void> {
  await sql.execute(statement`delete from ${wrongVinTries} where id in (
    select id from ${wrongVinTries} where ${lte(wrongVinTries.triedAt, before)} for update skip locked)`);
}

async function wrongSoFar(sql: Sql, phone: string, now: Date) {
  const [dayAgo, hourAgo] = [DAY_MS, HOUR_MS].map((ms) => new Date(now.getTime() - ms).toISOString());
  const { phoneNumber, triedAt } = wrongVinTries;
  const [row] = await sql
    .select({
      wrongTries: statement<number>`(count(*) filter (where ${phoneNumber} = ${phone}))::int`,
      latest: statement`max(${triedAt}) filter (where ${phoneNumber} = ${phone})`.mapWith(triedAt),
      lastHour: statement<number>`(count(*) filter (where ${triedAt} > ${hourAgo}))::int`,
      lastDay: statement<number>`count(*)::int`,
    })
    .from(wrongVinTries)
    .where(statement`${triedAt} > ${dayAgo}`);
  const { wrongTries = 0, latest = null, lastHour = 0, lastDay = 0 } = row ?? {};
  const sinceWrongMs = latest === null ? Number.POSITIVE_INFINITY : now.getTime() - latest.getTime();
  return { wrongTries, sinceWrongMs, shop: { lastHour, lastDay } };
}

async function onFile(sql: Sql, phone: string): Promise<Pick<NumberOnFile, 'customerId' | 'vins'>> {
  const rows = await sql
    .select({ customerId: customers.id, vin: vehicles.vin })
    .from(customers)
    .leftJoin(vehicles, eq(vehicles.customerId, customers.id))
    .where(eq(customers.phoneNumber, phone));
  return { customerId: rows[0]?.customerId ?? null, vins: rows.flatMap(({ vin }) => vin ?? []) };
}
