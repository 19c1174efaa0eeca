import { sql } from 'drizzle-orm';
import { check, integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import type { Unchanged } from '../core/fields.js';
import { identity, instant, shop } from './schema.js';

/** A customer as read from a file, with all rows of the number in one. */
export const ImportCustomer = z.object({
  /** E.164. */
  phone_number: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  email: z.string().nullable(),
  notes: z.string().nullable(),
  vehicles: z.array(
    z.object({
      make: z.string(),
      model: z.string(),
      year: z.int().nullable(),
      vin: z.string().nullable(),
      plate: z.string().nullable(),
    }),
  ),
});
export type StoredImportCustomer = Unchanged<z.infer<typeof ImportCustomer>>;
export type StoredImportVehicle = StoredImportCustomer['vehicles'][number];

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
