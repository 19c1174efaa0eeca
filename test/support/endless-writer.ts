// Run as a process of its own: adds customers to the database in the folder given and prints a line after each commit, until it is killed.

import { silentLogger } from '../../src/core/logger.js';
import { openDatabase } from '../../src/database/database.js';
import { customers } from '../../src/database/schema.js';

const database = await openDatabase({ dataDir: process.argv[2] ?? 'memory', logger: silentLogger() });
await database.ready;
for (let n = 1; ; n++) {
  const row = { phoneNumber: `writer-${n}`, firstName: 'A', lastName: 'B' };
  await database.transaction((sql) => sql.insert(customers).values(row));
  process.stdout.write(`${n}\n`);
}
