import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { z } from 'zod';

/** What the thread that runs PGlite is given. */
const WorkerData = z.object({
  /** Null: in memory. */
  dataDir: z.string().nullable(),
  /** The unix socket to listen on; null: a free loopback port. */
  socketPath: z.string().nullable(),
});

// PostgreSQL's default of 128 MB of shared buffers is a third of the memory of the whole gateway.
const OPTIONS = { postgresqlconf: ['shared_buffers = 8MB'] };

const { dataDir, socketPath } = WorkerData.parse(workerData);

const db = await open(dataDir);
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
  if (folder === null) return PGlite.create(OPTIONS);
  if (!existsSync(folder)) await initialise(folder);
  return PGlite.create({ ...OPTIONS, dataDir: folder });
}

/** Under another name first: a start that is cut short must not leave half a database behind that no later start can open. */
async function initialise(folder: string): Promise<void> {
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  const created = await PGlite.create({ ...OPTIONS, dataDir: draft });
  await created.close();
  await rename(draft, folder);
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
