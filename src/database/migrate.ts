import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { fromDriver } from './sql-error.js';

const MIGRATION_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 2000;
// Any number that nothing else in the database locks; gateways that start together migrate one after the other.
const MIGRATION_LOCK = 227_529_463;

/**
 * Brings the schema up to date on a connection of its own, which `signal` cuts. Rejects with `UNAVAILABLE` or a `SqlError`.
 */
export async function migrate(connection: pg.ClientConfig, signal: AbortSignal): Promise<void> {
  const client = new pg.Client({
    ...connection,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: MIGRATION_TIMEOUT_MS,
    application_name: 'bayline-migrations',
  });
  client.on('error', () => {});
  const cut = () => void client.end().catch(() => {});
  signal.addEventListener('abort', cut, { once: true });
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await applyMigrations(drizzle({ client }), {
      migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)),
      migrationsTable: 'bayline_migrations',
    });
  } catch (error) {
    throw fromDriver(error);
  } finally {
    signal.removeEventListener('abort', cut);
    await client.end().catch(() => {});
  }
}
