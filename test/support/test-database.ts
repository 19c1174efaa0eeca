import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { silentLogger } from '../../src/core/logger.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { appointments, calls, customers, wrongVinTries } from '../../src/database/schema.js';

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

/** PGlite, ready to use. */
export async function createEmbedded(): Promise<TestDatabase> {
  const dataDir = await copyOfNewDatabase();
  const database = await openDatabase({ dataDir, logger: silentLogger() });
  await database.ready;
  const drop = async () => {
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { database, drop };
}

/** A folder with a new database in it, to be removed after use. Making one takes PGlite seconds of both cores, so it is made once and then copied. */
export async function copyOfNewDatabase(): Promise<string> {
  const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
  const template = join(cache, `bayline-database-${await versionHash()}`);
  if (!existsSync(template)) await makeTemplate(cache, template);
  const folder = await mkdtemp(join(tmpdir(), 'bayline-test-'));
  await cp(template, folder, { recursive: true });
  return folder;
}

async function makeTemplate(cache: string, template: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(`${template}-`);
  const database = await openDatabase({ dataDir: draft, logger: silentLogger() });
  await database.ready;
  await database.close();
  // Another test process may have put its own there meanwhile, which is as good.
  await rename(draft, template).catch(() => rm(draft, { recursive: true }));
}

async function versionHash(): Promise<string> {
  const pglite = fileURLToPath(import.meta.resolve('@electric-sql/pglite'));
  const journal = new URL('../../src/database/migrations/meta/_journal.json', import.meta.url);
  const madeOf = `${(await stat(pglite)).mtimeMs} ${await readFile(journal, 'utf8')}`;
  return createHash('sha256').update(madeOf).digest('hex').slice(0, 16);
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
    await sql.delete(wrongVinTries);
  });
}
