import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { summarize } from '../core/errors.js';
import { emptyDatabaseFile, isEmptyDatabase, LAST_STEPS, PGLITE_OPTIONS } from './empty-database.js';
import { migrate } from './migrate.js';

// A program that makes the empty database of these migrations where it is missing, and ends: run by the build, and by a gateway that was
// started without one. It is not done in the gateway, because it takes 800 MB, of which a process that goes on would keep 120.

/** Files of the log that are done with are removed, and not kept to be written again. */
const LITTLE_LOG = ['-c', 'min_wal_size=2MB', '-c', 'max_wal_size=2MB'];

// Ctrl-C goes to every process of the terminal: the gateway decides. When that is gone, nobody needs the file.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(1));

const file = emptyDatabaseFile();
const folder = dirname(file);
const others = readdirSync(folder).filter(isEmptyDatabase);
try {
  if (!others.includes(basename(file))) await make();
  for (const name of others) if (name !== basename(file)) rmSync(join(folder, name));
  process.exit(0);
} catch (error) {
  // Without the stack: it has PGlite's code in it, on one line of 100,000 characters.
  process.stderr.write(`The empty database ${file} could not be made: ${summarize(error).message}\n`);
  process.exit(1);
}

async function make(): Promise<void> {
  const startParams = [...PGlite.defaultStartParams, ...LITTLE_LOG];
  const db = await PGlite.create({ ...PGLITE_OPTIONS, startParams });
  const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1' });
  await server.start();
  const port = Number(server.getServerConn().split(':').at(-1));
  const place = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres', ssl: false };
  await migrate(place, new AbortController().signal);
  await server.stop();
  for (const step of LAST_STEPS) await db.exec(step);
  const tar = await (await db.dumpDataDir('none')).arrayBuffer();
  await db.close();
  // A window over all of it.
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 6,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: tar.byteLength,
  };
  // Whole from the moment at which others see it.
  const draft = join(folder, `.${process.pid}.${basename(file)}`);
  writeFileSync(draft, brotliCompressSync(new Uint8Array(tar), { params }));
  renameSync(draft, file);
}
