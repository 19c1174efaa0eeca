import { randomUUID } from 'node:crypto';
import pg from 'pg';

// Loaded before anything is compiled, too: it imports nothing of ours.

const prefixOf = (pid: number) => `bayline_test_shared_${pid}_`;
/** Of databases that several test files use: the process that runs the tests is the parent of those that they run in. */
export const SHARED_PREFIX = prefixOf(process.ppid);

/** For the process that runs the tests, when they are over. */
export async function dropSharedDatabases(serverUrl: string): Promise<void> {
  const names = `select datname from pg_database where starts_with(datname, '${prefixOf(process.pid)}')`;
  const databases = await administer(serverUrl, names);
  // Each waits for the server's next checkpoint: the same one, when all wait at once.
  await Promise.all(
    databases.map(({ datname }) => administer(serverUrl, `drop database ${datname} with (force)`)),
  );
}

/** Creates an empty one, whose name begins with this. Settles with its URL. */
export async function createDatabase(serverUrl: string, prefix: string): Promise<string> {
  const name = `${prefix}${randomUUID().replaceAll('-', '')}`;
  await administer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
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
