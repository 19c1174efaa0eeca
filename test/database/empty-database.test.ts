import { afterAll, expect, test } from 'vitest';
import { emptyDatabaseFile, readEmptyDatabase } from '../../src/database/empty-database.js';
import { lendEmbedded } from '../support/test-database.js';

const { database, drop } = await lendEmbedded();
afterAll(drop);

const MAX_BYTES = 16 * 1024 * 1024;

async function asked(query: string): Promise<unknown[]> {
  const { rows } = await database.run((sql) => sql.execute(query));
  return rows;
}

test('is the only database, without the templates that nobody makes another one from', async () => {
  expect(await asked('select datname from pg_database')).toEqual([{ datname: 'postgres' }]);
});

test('keeps its log in small files, and has few of them', async () => {
  expect(await asked('show wal_segment_size')).toEqual([{ wal_segment_size: '1MB' }]);
  const tar = readEmptyDatabase(emptyDatabaseFile());
  expect(tar.length).toBeLessThan(MAX_BYTES);
});
