import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { databaseContract } from '../contracts/database.js';
import { createEmbedded, DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) databaseContract(kind);

describe('a closed database', () => {
  let closed: Database;
  beforeAll(async () => {
    const { database, drop } = await createEmbedded();
    closed = database;
    await drop();
  });

  test('rejects with UNAVAILABLE, and closing again is no fault', async () => {
    await expect(closed.run(async () => 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await closed.check()).toMatchObject({ status: 'down' });
    await closed.close();
  });
});
