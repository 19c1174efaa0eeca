import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { startProgram, yieldToCalls } from '../core/worker-thread.js';
import {
  emptyDatabaseFile,
  PGLITE_OPTIONS,
  readEmptyDatabase,
  TarInMemory,
  unpack,
} from './empty-database.js';

/** What the thread that runs PGlite gets from the one that starts it. It is not checked: loading zod would take an eighth of a start. */
export interface PgliteWorkerData {
  /** Null: in memory. */
  readonly dataDir: string | null;
  /** The unix socket to listen on; null: a free loopback port. */
  readonly socketPath: string | null;
}

/**
 * PGlite never counts its rows again, and what made the empty database has counted none. A plan that is kept, such as that of a foreign key's check,
 * would read a whole table for each row, however many there are by then. Where nothing was ever counted PostgreSQL takes the index.
 */
const FORGET_SIZES = `update pg_class set reltuples = -1
  where relkind = 'r' and reltuples = 0 and relnamespace = 'public'::regnamespace`;

const { dataDir, socketPath }: PgliteWorkerData = workerData;

yieldToCalls();
const db = await open(dataDir);
await db.exec(FORGET_SIZES);
endWhenBroken(db);

const server = new PGLiteSocketServer({
  db,
  ...(socketPath === null ? { port: 0, host: '127.0.0.1' } : { path: socketPath }),
  // One client uses one connection at a time; the others are of a cut connection that is still being closed.
  maxConnections: 4,
});
await server.start();

parentPort?.once('message', async () => {
  await server.stop();
  await db.close();
  parentPort?.close();
});
parentPort?.postMessage({ address: server.getServerConn() });

async function open(folder: string | null): Promise<PGlite> {
  if (folder === null)
    return PGlite.create({ ...PGLITE_OPTIONS, loadDataDir: new TarInMemory(await emptyDatabase()) });
  if (!existsSync(folder) || readdirSync(folder).length === 0) await initialise(folder);
  return PGlite.create({ ...PGLITE_OPTIONS, dataDir: folder });
}

/** As the build has made it; where there was none, it is made now, in seconds. */
async function emptyDatabase(): Promise<Buffer> {
  const file = emptyDatabaseFile();
  if (!existsSync(file)) {
    const [code] = await once(startProgram('./make-empty-database', import.meta.url, []), 'exit');
    if (code !== 0) throw new Error(`PGlite could not make the empty database ${file} (exit code ${code})`);
  }
  return readEmptyDatabase(file);
}

/**
 * Under another name first: a start that is cut short must not leave half a database behind that no later start can open. Each has
 * a name of its own, because the process of one that was cut short may live for a moment more.
 */
async function initialise(folder: string): Promise<void> {
  await removeDrafts(folder);
  const draft = `${folder}.new-${randomUUID()}`;
  unpack(await emptyDatabase(), draft);
  await rename(draft, folder);
}

async function removeDrafts(folder: string): Promise<void> {
  const names = await readdir(dirname(folder));
  const drafts = names.filter((name) => name.startsWith(`${basename(folder)}.new`));
  for (const draft of drafts) await rm(join(dirname(folder), draft), { recursive: true, force: true });
}

/** After a crash inside PGlite the socket server would wait for ever: end the thread, so that everybody knows. */
function endWhenBroken(pglite: PGlite): void {
  const execute = pglite.execProtocolRawStream.bind(pglite);
  pglite.execProtocolRawStream = async (message, options) => {
    try {
      await execute(message, options);
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
      throw error;
    }
  };
}
