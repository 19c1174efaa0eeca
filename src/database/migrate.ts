import { fileURLToPath } from 'node:url';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import pg from 'pg';
import { GatewayError } from '../core/errors.js';
import { explain } from './connection-faults.js';
import { fromDriver } from './sql-error.js';

const MIGRATION_TIMEOUT_MS = 60_000;
const IDLE_MIGRATION_MS = 10_000;
const CONNECT_TIMEOUT_MS = 2000;
/** Identity columns came with 10; nobody hosts what is older than 12 any more. */
const OLDEST_SERVER = 12;
// Any number that nothing else in the database locks; gateways that start together migrate one after the other.
const MIGRATION_LOCK = 227_529_463;
const BEGIN = [
  'begin isolation level read committed read write',
  'set local search_path = public',
  `set local statement_timeout = ${MIGRATION_TIMEOUT_MS}`,
  `set local lock_timeout = ${MIGRATION_TIMEOUT_MS}`,
  `set local idle_in_transaction_session_timeout = ${IDLE_MIGRATION_MS}`,
].join('; ');
/** The names of an earlier version, which drizzle's own migrator gave them. */
const HISTORY = 'drizzle.bayline_migrations';

/**
 * Brings the schema up to date on a connection of its own, which `signal` cuts. Where there is nothing to do, nothing is created and no
 * right to create is needed. Everything is in one transaction, its lock too: a pooler may hand its connection to somebody else afterwards.
 * Rejects with `UNAVAILABLE` or a `SqlError`.
 */
export async function migrate(connection: pg.ClientConfig, signal: AbortSignal): Promise<void> {
  const client = new pg.Client({
    ...connection,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: MIGRATION_TIMEOUT_MS + CONNECT_TIMEOUT_MS,
    application_name: connection.application_name ?? 'bayline-migrations',
  });
  client.on('error', () => {});
  const cut = () => void client.end().catch(() => {});
  signal.addEventListener('abort', cut, { once: true });
  try {
    await client.connect();
    await refuseOldServer(client);
    const migrations = readMigrationFiles({
      migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)),
    });
    const pending = await pendingOf(migrations, client);
    if (pending.length > 0) await apply(migrations, client).catch(refuseRights(pending.length, connection));
  } catch (error) {
    throw error instanceof GatewayError ? error : fromDriver(error);
  } finally {
    signal.removeEventListener('abort', cut);
    await client.end().catch(() => {});
  }
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  const version = rows[0]?.server_version ?? '';
  if (Number.parseInt(version, 10) >= OLDEST_SERVER) return;
  throw new GatewayError(
    'UNAVAILABLE',
    `The database is PostgreSQL ${version}, and Bayline needs ${OLDEST_SERVER} or newer.`,
  );
}

async function pendingOf(migrations: readonly MigrationMeta[], client: pg.Client): Promise<MigrationMeta[]> {
  if (!(await hasHistory(client))) return [...migrations];
  const { rows } = await client.query<{ last: string | null }>(
    `select max(created_at) as last from ${HISTORY}`,
  );
  const last = Number(rows[0]?.last ?? 0);
  return migrations.filter(({ folderMillis }) => folderMillis > last);
}

// Asked of the catalog: `to_regclass` is refused to who may not use the schema, and `if not exists` to who may not create.
async function hasHistory(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(
    "select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname || '.' || c.relname = $1",
    [HISTORY],
  );
  return Boolean(rowCount);
}

async function createHistory(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query("select from pg_namespace where nspname = 'drizzle'");
  if (!rowCount) await client.query('create schema drizzle');
  await client.query(
    `create table ${HISTORY} (id serial primary key, hash text not null, created_at bigint)`,
  );
}

async function apply(migrations: readonly MigrationMeta[], client: pg.Client): Promise<void> {
  await client.query(BEGIN);
  await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  if (!(await hasHistory(client))) await createHistory(client);
  // Asked again: another gateway may have done all of it while this one waited for the lock.
  const pending = await pendingOf(migrations, client);
  for (const { sql, hash, folderMillis } of pending) {
    for (const statement of sql) await client.query(statement);
    await client.query(`insert into ${HISTORY} (hash, created_at) values ($1, $2)`, [hash, folderMillis]);
  }
  await client.query('commit');
}

function refuseRights(count: number, connection: pg.ClientConfig): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error;
    const reason = explain(error, connection);
    throw new GatewayError(
      'UNAVAILABLE',
      `${reason} ${count} migrations are to be applied: start this version once as the owner of the tables, or grant that right (create on the database and on the schema public).`,
    );
  };
}
