import { desc, eq } from 'drizzle-orm';
import { GatewayError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import { customers, vehicles } from '../database/schema.js';
import { violates } from '../database/sql-error.js';
import type { Sql } from '../database/sql-pool.js';
import {
  type ChangesOf,
  type Customer,
  type CustomerRecord,
  type VehicleRecord,
  withoutNotes,
} from './customer.js';
import { completeCustomers, toVehicle } from './customer-rows.js';
import { type CustomerQuery, meantBy } from './customer-search.js';

export interface NewCustomer {
  /** E.164. */
  readonly phone_number: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly email?: string | null | undefined;
  readonly notes?: string | null | undefined;
}

export interface NewVehicle {
  readonly make: string;
  readonly model: string;
  readonly year?: number | null | undefined;
  readonly vin?: string | null | undefined;
  readonly plate?: string | null | undefined;
}

/** A vehicle after a write, and its owner's number in E.164: whose cached profile is out of date now. */
export interface VehicleWrite {
  readonly vehicle: VehicleRecord;
  readonly ownerPhone: string;
}

interface CustomerRepositoryOptions {
  readonly database: Database;
  /** IANA name; dates are given with its offset as it is now. */
  readonly timezone: () => string;
  readonly clock?: () => Date;
}

/**
 * The shop's customers and their vehicles in the database. Gives `null` where there is no such customer or vehicle. Rejects with `CONFLICT` for a
 * number that another customer has, and as {@link Database} does.
 */
export class CustomerRepository {
  readonly #database: Database;
  readonly #timezone: () => string;
  readonly #clock: () => Date;

  constructor({ database, timezone, clock = () => new Date() }: CustomerRepositoryOptions) {
    this.#database = database;
    this.#timezone = timezone;
    this.#clock = clock;
  }

  /** The one customer with this number in E.164, as may be cached; `null` also when there are several. */
  async findByPhone(phone: string): Promise<Customer | null> {
    const [found, other] = await this.list({ phone, limit: 2 });
    return found && !other ? withoutNotes(found) : null;
  }

  async findById(id: number): Promise<CustomerRecord | null> {
    return this.#database.run((sql) => this.#one(sql, id));
  }

  /** The customer's number in E.164; `null` also for nobody's id. */
  async phoneOf(id: number | null): Promise<string | null> {
    const [row] = id === null ? [] : await this.#database.run((sql) => phoneRows(sql, id));
    return row?.phone ?? null;
  }

  /** Newest first. */
  async list(query: CustomerQuery): Promise<readonly CustomerRecord[]> {
    return this.#database.run(async (sql) => {
      const found = sql.select().from(customers).where(meantBy(query));
      return this.#complete(sql, await found.orderBy(desc(customers.id)).limit(query.limit));
    });
  }

  async create(customer: NewCustomer): Promise<CustomerRecord> {
    const { phone_number: phoneNumber, first_name: firstName, last_name: lastName, email, notes } = customer;
    const row = { phoneNumber, firstName, lastName, email, notes };
    const created = this.#database.transaction(async (sql) => {
      return this.#complete(sql, await sql.insert(customers).values(row).returning());
    });
    const [stored] = await created.catch(rejectTakenNumber);
    if (!stored) throw new GatewayError('UNAVAILABLE', 'The database stored no customer. Try again.');
    return stored;
  }

  /** The customer as it is now and the number it had before. */
  async change(
    id: number,
    changes: ChangesOf<NewCustomer>,
  ): Promise<{ customer: CustomerRecord; previousPhone: string } | null> {
    const { phone_number: phoneNumber, first_name: firstName, last_name: lastName, email, notes } = changes;
    const row = { phoneNumber, firstName, lastName, email, notes };
    const changed = this.#database.transaction(async (sql) => {
      const [before] = await sql.select().from(customers).where(eq(customers.id, id)).for('update');
      if (!before) return null;
      if (changesAnything(row)) await sql.update(customers).set(row).where(eq(customers.id, id));
      const customer = await this.#one(sql, id);
      return customer && { customer, previousPhone: before.phoneNumber };
    });
    return changed.catch(rejectTakenNumber);
  }

  async addVehicle(
    customerId: number,
    { make, model, year, vin, plate }: NewVehicle,
  ): Promise<VehicleWrite | null> {
    return this.#database.transaction(async (sql) => {
      const ownerPhone = await lockedPhone(sql, customerId);
      if (ownerPhone === null) return null;
      const row = { customerId, make, model, year, vin, plate };
      const [added] = await sql.insert(vehicles).values(row).returning();
      return added ? { vehicle: toVehicle(added), ownerPhone } : null;
    });
  }

  async changeVehicle(
    id: number,
    { make, model, year, vin, plate }: ChangesOf<NewVehicle>,
  ): Promise<VehicleWrite | null> {
    const row = { make, model, year, vin, plate };
    return this.#database.transaction(async (sql) => {
      const [changed] = changesAnything(row)
        ? await sql.update(vehicles).set(row).where(eq(vehicles.id, id)).returning()
        : await sql.select().from(vehicles).where(eq(vehicles.id, id));
      return written(sql, changed);
    });
  }

  /** Gives the vehicle as it was. Its appointments stay, without a vehicle. */
  async removeVehicle(id: number): Promise<VehicleWrite | null> {
    return this.#database.transaction(async (sql) => {
      const [removed] = await sql.delete(vehicles).where(eq(vehicles.id, id)).returning();
      return written(sql, removed);
    });
  }

  async #one(sql: Sql, id: number): Promise<CustomerRecord | null> {
    const found = await this.#complete(sql, await sql.select().from(customers).where(eq(customers.id, id)));
    return found[0] ?? null;
  }

  #complete(sql: Sql, rows: readonly (typeof customers.$inferSelect)[]): Promise<readonly CustomerRecord[]> {
    return completeCustomers(sql, rows, { now: this.#clock(), timezone: this.#timezone() });
  }
}

function changesAnything(row: object): boolean {
  return Object.values(row).some((value) => value !== undefined);
}

async function written(
  sql: Sql,
  row: typeof vehicles.$inferSelect | undefined,
): Promise<VehicleWrite | null> {
  const ownerPhone = row ? await lockedPhone(sql, row.customerId) : null;
  return row && ownerPhone !== null ? { vehicle: toVehicle(row), ownerPhone } : null;
}

// Locked, so that the number cannot change between this read and the commit.
async function lockedPhone(sql: Sql, customerId: number): Promise<string | null> {
  const [owner] = await phoneRows(sql, customerId).for('share');
  return owner?.phone ?? null;
}

function phoneRows(sql: Sql, id: number) {
  return sql.select({ phone: customers.phoneNumber }).from(customers).where(eq(customers.id, id));
}

function rejectTakenNumber(error: unknown): never {
  if (!violates(error, 'customers_phone_number_unique')) throw error;
  throw new GatewayError('CONFLICT', 'Another customer has this phone_number.');
}
