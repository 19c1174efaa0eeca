import type pg from 'pg';
import { silentLogger } from '../../src/core/logger.js';
import { callbacks, calls, erasures } from '../../src/database/call-schema.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { appointments, closures, customers, shopSettings, wrongVinTries } from '../../src/database/schema.js';
import { administer, createDatabase, SHARED_PREFIX } from './postgres-server.js';
import { SharedDatabases } from './shared-databases.js';

/** A database of a test file's own: empty at first, gone after `drop`. */
export interface TestDatabase {
  readonly database: Database;
  drop(): Promise<void>;
}

export interface DatabaseKind {
  readonly name: string;
  create(): Promise<TestDatabase>;
}

/** PGlite, and PostgreSQL too when TEST_DATABASE_URL is set: suites run on every kind. */
export const DATABASE_KINDS: readonly DatabaseKind[] = [
  { name: 'PGlite', create: lendEmbedded },
  ...(process.env.TEST_DATABASE_URL ? [postgresKind(process.env.TEST_DATABASE_URL)] : []),
];

const embedded = new SharedDatabases(openEmbedded);

/** PGlite in memory, ready to use and as good as new: the files that share a process take turns with it, because each start takes a second of CPU. */
export function lendEmbedded(): Promise<TestDatabase> {
  return embedded.lend();
}

/** PGlite in memory that nobody has used before. */
export async function createEmbedded(): Promise<TestDatabase> {
  const database = await openEmbedded();
  return { database, drop: () => database.close() };
}

async function openEmbedded(): Promise<Database> {
  const database = await openDatabase({ dataDir: 'memory', logger: silentLogger() });
  await database.ready;
  return database;
}

/** PGlite in memory without a client, and where it can be reached. */
export async function listenEmbedded(): Promise<{ server: EmbeddedPostgres; connection: pg.ClientConfig }> {
  const server = await EmbeddedPostgres.open('memory', silentLogger());
  const connection = await new Promise<pg.ClientConfig>((settle) => {
    server.run({ onListening: settle, onEnded: () => undefined });
  });
  return { server, connection };
}

/** Files that share a process take turns with its databases, which are dropped when all tests are over. */
function postgresKind(serverUrl: string): DatabaseKind {
  const onServer = new SharedDatabases(() => openOnServer(serverUrl));
  return { name: 'PostgreSQL', create: () => onServer.lend() };
}

async function openOnServer(serverUrl: string): Promise<Database> {
  const url = await createDatabase(serverUrl, SHARED_PREFIX);
  const database = await openDatabase({ url, dataDir: 'memory', logger: silentLogger() });
  await database.ready;
  return database;
}

/** A new, empty database on a PostgreSQL server. */
export async function createServerDatabase(
  serverUrl: string,
): Promise<{ url: string; drop(): Promise<void> }> {
  const url = await createDatabase(serverUrl, 'bayline_test_');
  const name = new URL(url).pathname.slice(1);
  return {
    url,
    drop: async () => void (await administer(serverUrl, `drop database ${name} with (force)`)),
  };
}

/** Forgets everything, so that the next test begins with an empty shop. */
export async function emptyTables(database: Database): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.delete(appointments);
    await sql.delete(customers);
    await sql.delete(calls);
    await sql.delete(callbacks);
    await sql.delete(erasures);
    await sql.delete(wrongVinTries);
    await sql.delete(closures);
    await sql.delete(shopSettings);
  });
}
