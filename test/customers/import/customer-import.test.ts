import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../../src/core/logger.js';
import { CustomerImport } from '../../../src/customers/import/customer-import.js';
import { ImportStore } from '../../../src/customers/import/import-store.js';
import { SqlError } from '../../../src/database/sql-error.js';
import { faultyDatabase } from '../../support/faulty-database.js';
import { lendEmbedded, type TestDatabase } from '../../support/test-database.js';

const FILE = Buffer.from('phone,name\n+15125550123,Ada King\n');
let store: TestDatabase;

beforeAll(async () => {
  store = await lendEmbedded();
});
afterAll(() => store.drop());

/** What becomes of a file when the database answers with this as the customers are put down. */
async function taken(state: string): Promise<unknown> {
  const fault = new SqlError(state, 'The database refused.', null);
  const database = faultyDatabase(store.database, [null, fault]);
  const logger = silentLogger();
  const imports = new CustomerImport({
    store: new ImportStore(database),
    lookup: { forget: async () => undefined },
    logger,
  });
  const file = imports.begin();
  file.add(FILE);
  const result = await file.finish(false).catch((error: unknown) => error);
  await file.close();
  await imports.close();
  return result;
}

test('a step that the database refuses for now is done again', async () => {
  expect(await taken('42P01')).toMatchObject({ status: 'done', counts: { created: 1 } });
});

test('a step that is refused for what the file holds is not', async () => {
  expect(await taken('22P05')).toMatchObject({ state: '22P05' });
});
