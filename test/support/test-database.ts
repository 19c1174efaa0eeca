import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { silentLogger } from '../../src/core/logger.js';
import { callbacks, calls, erasures } from '../../src/database/call-schema.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { appointments, closures, customers, shopSettings, wrongVinTries } from '../../src/database/schema.js';

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
  { name: 'PGlite', create: createEmbedded },
  ...(process.env.TEST_DATABASE_URL ? [postgresKind(process.env.TEST_DATABASE_URL)] : []),
];

/** PGlite in memory, ready to use. */
export async function createEmbedded(): Promise<TestDatabase> {
  const database = await openDatabase({ dataDir: 'memory', logger: silentLogger() });
  await database.ready;
  return { database, drop: () => database.close() };
}

/** PGlite in memory without a client, and where it can be reached. */
export async function listenEmbedded(): Promise<{ server: EmbeddedPostgres; connection: pg.ClientConfig }> {
  const server = await EmbeddedPostgres.open('memory', silentLogger());
  const connection = await new Promise<pg.ClientConfig>((settle) => {
    server.run({ onListening: settle, onEnded: () => undefined });
  });
  return { server, connection };
}

function postgresKind(serverUrl: string): DatabaseKind {
  return { name: 'PostgreSQL', create: () => createOnServer(serverUrl) };
}

async function createOnServer(serverUrl: string): Promise<TestDatabase> {
  const { url, drop } = await createServerDatabase(serverUrl);
  const database = await openDatabase({ url, dataDir: 'memory', logger: silentLogger() });
  await database.ready;
  return { database, drop: async () => database.close().then(drop) };
}

/** A new, empty database on a PostgreSQL server. */
export async function createServerDatabase(
  serverUrl: string,
): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `bayline_test_${randomUUID().replaceAll('-', '')}`;
  await administer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => void (await administer(serverUrl, `drop database ${name} with (force)`)),
  };
}

/** Runs one statement as whoever the URL names. */
export async function administer(serverUrl: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
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
