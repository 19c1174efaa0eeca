import { PGlite } from '@electric-sql/pglite';
import { PGLITE_OPTIONS } from './pglite-options.js';

// A program that makes an empty database in the folder that it is given, and ends. Run apart from the gateway: making one takes
// 770 MB, of which a process that goes on keeps 120.

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('Which folder the database is to be made in is missing.');

// Ctrl-C goes to every process of the terminal: the gateway decides. When that is gone, nobody needs the folder.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(1));

const db = await PGlite.create({ ...PGLITE_OPTIONS, dataDir });
await db.close();
process.exit(0);
