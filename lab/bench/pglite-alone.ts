import { PGlite } from '@electric-sql/pglite';
import { emptyDatabaseFile, PGLITE_OPTIONS, readEmptyDatabase } from '../../src/database/empty-database.js';

// A program with nothing in it but PGlite: opens the folder that it is given, of a new one from the dump that the gateway has too, and ends
// when it has answered.

const [dataDir = '', how] = process.argv.slice(2);
const dump = how === 'new' ? { loadDataDir: new Blob([readEmptyDatabase(emptyDatabaseFile())]) } : {};
const db = await PGlite.create({ ...PGLITE_OPTIONS, ...dump, dataDir });
await db.query('select count(*) from customers');
process.stdout.write('answers\n');
await db.close();
process.exit(0);
