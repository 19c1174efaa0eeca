import { sql } from 'drizzle-orm';
import { check, integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core';
import { identity, instant, shop } from './schema.js';

/** A vehicle of a customer in a file. */
export interface StoredImportVehicle {
  readonly make: string;
  readonly model: string;
  readonly year: number | null;
  readonly vin: string | null;
  readonly plate: string | null;
}

/** A customer as read from a file, with all rows of the number in one. */
export interface StoredImportCustomer {
  /** E.164. */
  readonly phone_number: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly email: string | null;
  readonly notes: string | null;
  readonly vehicles: readonly StoredImportVehicle[];
}

/**
 * Files of customers on their way into the database. One that is `accepted` is written to its end, by whichever gateway comes to it; one that
 * is still `read` when its gateway ends is thrown away.
 */
export const customerImports = shop.table(
  'customer_imports',
  {
    id: identity(),
    status: text('status', { enum: ['read', 'accepted'] }).notNull(),
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (table) => [check('customer_imports_status', sql`${table.status} in ('read', 'accepted')`)],
);

/** What of a file is not written yet. */
export const customerImportRows = shop.table(
  'customer_import_rows',
  {
    importId: integer('import_id')
      .notNull()
      .references(() => customerImports.id, { onDelete: 'cascade' }),
    /** Counted from 0, in the order of the file. */
    place: integer('place').notNull(),
    customer: jsonb('customer').$type<StoredImportCustomer>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.importId, table.place] })],
);
