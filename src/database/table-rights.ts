import { sql as statement } from 'drizzle-orm';
import { GatewayError } from '../core/errors.js';
import type { Sql } from './sql-pool.js';

/** What the gateway does with its tables. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  appointments: ['select', 'insert', 'update', 'delete'],
  book_revision: ['select'],
  calendar_address: ['select', 'insert', 'update'],
  callbacks: ['select', 'insert', 'update', 'delete'],
  calls: ['select', 'insert', 'update', 'delete'],
  closures: ['select', 'insert', 'delete'],
  customer_import_rows: ['select', 'insert', 'update', 'delete'],
  customer_imports: ['select', 'insert', 'update', 'delete'],
  customers: ['select', 'insert', 'update', 'delete'],
  erasures: ['select', 'insert', 'update', 'delete'],
  shop_settings: ['select', 'insert', 'update'],
  vehicles: ['select', 'insert', 'update', 'delete'],
  wrong_vin_tries: ['select', 'insert', 'update', 'delete'],
};

/** Rejects with `UNAVAILABLE` and the statement that would help when this user may not do what the gateway does with its tables. */
export async function demandRights(sql: Sql): Promise<void> {
  const needs = Object.entries(NEEDED).flatMap(([table, rights]) =>
    rights.map((right) => ({ table, right })),
  );
  const columns = needs.map(
    ({ table, right }) => statement`has_table_privilege(${`public.${table}`}, ${right})`,
  );
  const { rows } = await sql.execute<Record<string, unknown>>(
    statement`select current_user as name, array[${statement.join(columns, statement`, `)}] as granted`,
  );
  const granted = rows[0]?.granted;
  const missing = needs.filter((_, at) => !Array.isArray(granted) || granted[at] !== true);
  if (missing.length === 0) return;
  const list = missing.map(({ table, right }) => `${right} on ${table}`).join(', ');
  throw new GatewayError(
    'UNAVAILABLE',
    `The user ${rows[0]?.name} of the database lacks rights: ${list}. As the owner of the tables: grant select, insert, update, delete on all tables in schema public to ${rows[0]?.name}`,
  );
}
