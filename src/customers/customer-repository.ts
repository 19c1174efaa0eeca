import { desc, eq } from 'drizzle-orm';
import { GatewayError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import { customers } from '../database/schema.js';
import { violates } from '../database/sql-error.js';
import type { Sql } from '../database/sql-pool.js';
import { type Customer, type CustomerRecord, withoutNotes } from './customer.js';
import { completeCustomers } from './customer-rows.js';
import { type CustomerQuery, meantBy } from './customer-search.js';

export interface NewCustomer {
  /** E.164. */
  readonly phone_number: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly email?: string | null | undefined;
  readonly notes?: string | null | undefined;
}

/** Fields that are absent or `undefined` stay as they are. */
export interface CustomerChanges {
  readonly phone_number?: string | undefined;
  readonly first_name?: string | undefined;
  readonly last_name?: string | undefined;
  readonly email?: string | null | undefined;
  readonly notes?: string | null | undefined;
}

interface CustomerRepositoryOptions {
  readonly database: Database;
  /** IANA name; dates are given with its offset as it is now. */
  readonly timezone: () => string;
  readonly clock?: () => Date;
}

/** The shop's customers in the database. Rejects with `CONFLICT` for a number that another customer has, and as {@link Database} does. */
export class CustomerRepository {
  readonly #database: Database;
  readonly #timezone: () => string;
  readonly #clock: () => Date;

  constructor({ database, timezone, clock = () => new Date() }: CustomerRepositoryOptions) {
    this.#database = database;
    this.#timezone = timezone;
    this.#clock = clock;
  }

  /** The one customer with this number in E.164, as may be cached; `null` when there is none, or not just one. */
  async findByPhone(phone: string): Promise<Customer | null> {
    const [found, other] = await this.list({ phone, limit: 2 });
    return found && !other ? withoutNotes(found) : null;
  }

  /** `null` when there is no such customer. */
  async findById(id: number): Promise<CustomerRecord | null> {
    return this.#database.run((sql) => this.#one(sql, id));
  }

  /** The customer's number in E.164; `null` when there is no such customer. */
  async phoneOf(id: number): Promise<string | null> {
    const [row] = await this.#database.run((sql) =>
      sql.select({ phone: customers.phoneNumber }).from(customers).where(eq(customers.id, id)),
    );
    return row?.phone ?? null;
  }

  /** Newest first. */
  async list(query: CustomerQuery): Promise<readonly CustomerRecord[]> {
    return this.#database.run(async (sql) => {
      const found = sql.select().from(customers).where(meantBy(query));
      return this.#complete(sql, await found.orderBy(desc(customers.id)).limit(query.limit));
    });
  }

  async create({ phone_number, first_name, last_name, email, notes }: NewCustomer): Promise<CustomerRecord> {
    const row = {
      phoneNumber: phone_number,
      firstName: first_name,
      lastName: last_name,
      email: email ?? null,
      notes: notes ?? null,
    };
    const created = this.#database.transaction(async (sql) => {
      return this.#complete(sql, await sql.insert(customers).values(row).returning());
    });
    const [customer] = await created.catch(rejectTakenNumber);
    if (!customer) throw new GatewayError('UNAVAILABLE', 'The database stored no customer. Try again.');
    return customer;
  }

  /** The customer as it is now and the number it had before; `null` when there is no such customer. */
  async change(
    id: number,
    changes: CustomerChanges,
  ): Promise<{ customer: CustomerRecord; previousPhone: string } | null> {
    const { phone_number: phoneNumber, first_name: firstName, last_name: lastName, email, notes } = changes;
    const row = { phoneNumber, firstName, lastName, email, notes };
    const changed = this.#database.transaction(async (sql) => {
      const [before] = await sql.select().from(customers).where(eq(customers.id, id)).for('update');
      if (!before) return null;
      if (Object.values(row).some((value) => value !== undefined)) {
        await sql.update(customers).set(row).where(eq(customers.id, id));
      }
      const customer = await this.#one(sql, id);
      return customer && { customer, previousPhone: before.phoneNumber };
    });
    return changed.catch(rejectTakenNumber);
  }

  async #one(sql: Sql, id: number): Promise<CustomerRecord | null> {
    const found = await this.#complete(sql, await sql.select().from(customers).where(eq(customers.id, id)));
    return found[0] ?? null;
  }

  #complete(sql: Sql, rows: readonly (typeof customers.$inferSelect)[]): Promise<readonly CustomerRecord[]> {
    return completeCustomers(sql, rows, { now: this.#clock(), timezone: this.#timezone() });
  }
}

function rejectTakenNumber(error: unknown): never {
  if (!violates(error, 'customers_phone_number_unique')) throw error;
  throw new GatewayError('CONFLICT', 'Another customer has this phone_number.');
}
