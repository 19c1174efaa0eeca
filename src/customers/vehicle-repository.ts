import { eq } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { customers, vehicles } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { VehicleRecord } from './customer.js';
import { toVehicle } from './customer-rows.js';

export interface NewVehicle {
  readonly make: string;
  readonly model: string;
  readonly year?: number | null | undefined;
  readonly vin?: string | null | undefined;
  readonly plate?: string | null | undefined;
}

/** Fields that are absent or `undefined` stay as they are. */
export interface VehicleChanges {
  readonly make?: string | undefined;
  readonly model?: string | undefined;
  readonly year?: number | null | undefined;
  readonly vin?: string | null | undefined;
  readonly plate?: string | null | undefined;
}

/** A vehicle after a write, and its owner's number in E.164: whose cached profile is out of date now. */
export interface VehicleWrite {
  readonly vehicle: VehicleRecord;
  readonly ownerPhone: string;
}

/** The customers' vehicles. Every method gives `null` when the customer or vehicle does not exist, and rejects as {@link Database} does. */
export class VehicleRepository {
  readonly #database: Database;

  constructor({ database }: { readonly database: Database }) {
    this.#database = database;
  }

  async add(customerId: number, { make, model, year, vin, plate }: NewVehicle): Promise<VehicleWrite | null> {
    return this.#database.transaction(async (sql) => {
      const ownerPhone = await phoneOf(sql, customerId);
      if (ownerPhone === null) return null;
      const row = { customerId, make, model, year: year ?? null, vin: vin ?? null, plate: plate ?? null };
      const [added] = await sql.insert(vehicles).values(row).returning();
      return added ? { vehicle: toVehicle(added), ownerPhone } : null;
    });
  }

  async change(id: number, { make, model, year, vin, plate }: VehicleChanges): Promise<VehicleWrite | null> {
    const row = { make, model, year, vin, plate };
    return this.#database.transaction(async (sql) => {
      const nothingToDo = Object.values(row).every((value) => value === undefined);
      const rows = nothingToDo
        ? await sql.select().from(vehicles).where(eq(vehicles.id, id))
        : await sql.update(vehicles).set(row).where(eq(vehicles.id, id)).returning();
      return written(sql, rows[0]);
    });
  }

  /** Gives the vehicle as it was. Its appointments stay, without a vehicle. */
  async remove(id: number): Promise<VehicleWrite | null> {
    return this.#database.transaction(async (sql) => {
      const [removed] = await sql.delete(vehicles).where(eq(vehicles.id, id)).returning();
      return written(sql, removed);
    });
  }
}

async function written(
  sql: Sql,
  row: typeof vehicles.$inferSelect | undefined,
): Promise<VehicleWrite | null> {
  if (!row) return null;
  const ownerPhone = await phoneOf(sql, row.customerId);
  return ownerPhone === null ? null : { vehicle: toVehicle(row), ownerPhone };
}

// Locked, so that the number cannot change between this read and the commit.
async function phoneOf(sql: Sql, customerId: number): Promise<string | null> {
  const query = sql
    .select({ phone: customers.phoneNumber })
    .from(customers)
    .where(eq(customers.id, customerId));
  const [owner] = await query.for('share');
  return owner?.phone ?? null;
}
