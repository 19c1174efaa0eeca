import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { ClientConfig } from 'pg';
import { z } from 'zod';
import { GatewayError, summarize, withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { startWorker } from '../core/worker-thread.js';
import { openDataFolder } from './data-folder.js';
import type { DataFolderLock } from './data-folder-lock.js';

const CLOSE_TIMEOUT_MS = 1200;
const WorkerMessage = z.object({ address: z.string() });

/** PostgreSQL without a server: PGlite in a worker thread, reached by the same driver through a private socket. */
export class EmbeddedPostgres {
  readonly #worker: Worker;
  readonly #lock: DataFolderLock | null;
  readonly #socketFolder: string | null;
  readonly #started: Promise<ClientConfig>;
  #closing = false;

  private constructor(
    worker: Worker,
    lock: DataFolderLock | null,
    socketFolder: string | null,
    logger: Logger,
  ) {
    this.#worker = worker;
    this.#lock = lock;
    this.#socketFolder = socketFolder;
    this.#started = this.#whenListening();
    this.#started.catch(() => {});
    worker.on('error', (error) => logger.error(summarize(error), 'the embedded database failed'));
    worker.once('exit', () => {
      if (!this.#closing) logger.error('the embedded database has ended: restart the gateway');
    });
  }

  /**
   * Takes the folder (`memory`: none) and starts the thread; PGlite is ready seconds later. Throws `BAD_CONFIG` when the folder
   * cannot be used or belongs to another process.
   */
  static async start(dataDir: string, logger: Logger): Promise<EmbeddedPostgres> {
    const folder = dataDir === 'memory' ? null : resolve(dataDir);
    let lose: () => void = () => undefined;
    const taken = folder === null ? null : await openDataFolder(folder, logger, () => lose());
    const lock = taken?.lock ?? null;
    const socketFolder = await makeSocketFolder(lock).catch(async (error: unknown) => {
      await lock?.release();
      throw error;
    });
    const worker = startWorker('./pglite-worker', import.meta.url, {
      dataDir: taken === null ? null : join(taken.folder, 'pglite'),
      socketPath: socketFolder === null ? null : join(socketFolder, '.s.PGSQL.5432'),
    });
    const postgres = new EmbeddedPostgres(worker, lock, socketFolder, logger);
    lose = () => postgres.#lose(dataDir, logger);
    return postgres;
  }

  /** Where to connect, once PGlite listens. Rejects with `UNAVAILABLE` when it cannot start. */
  get started(): Promise<ClientConfig> {
    return this.#started;
  }

  async #whenListening(): Promise<ClientConfig> {
    const message = await new Promise<unknown>((settle, reject) => {
      this.#worker.once('message', settle);
      this.#worker.once('error', (error) => reject(cannotStart(summarize(error).message)));
      this.#worker.once('exit', () => reject(cannotStart('it ended while starting')));
    });
    const { address } = WorkerMessage.parse(message);
    const port = Number(address.split(':').at(-1));
    const place =
      this.#socketFolder === null ? { host: '127.0.0.1', port } : { host: this.#socketFolder, port: 5432 };
    return { ...place, user: 'postgres', database: 'postgres', ssl: false };
  }

  /** Another process may have the folder by now: nothing more is written, not even what closing would write. */
  #lose(dataDir: string, logger: Logger): void {
    this.#closing = true;
    logger.fatal(
      { dataDir },
      'DATA_DIR was removed, moved or taken over by another machine: its database is closed, calls go on without it. Restart the gateway',
    );
    void this.#worker.terminate();
  }

  /** Writes everything out and ends the thread, within 1.2 s; never rejects. */
  async close(): Promise<void> {
    this.#closing = true;
    const ended = new Promise((settle) => this.#worker.once('exit', settle));
    this.#worker.postMessage('close');
    await withDeadline(ended, CLOSE_TIMEOUT_MS, 'Closing PGlite').catch(() => this.#worker.terminate());
    if (this.#socketFolder) await rm(this.#socketFolder, { recursive: true, force: true }).catch(() => {});
    await this.#lock?.release();
  }
}

/**
 * A folder for the database's socket that is closed to every other user: in the data folder, else in the temporary one. Null on
 * Windows, which has no such socket for pg.
 */
async function makeSocketFolder(lock: DataFolderLock | null): Promise<string | null> {
  if (process.platform === 'win32') return null;
  if (lock?.socketBase) {
    const folder = join(lock.socketBase, 'socket');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }
  const temporary = tmpdir();
  return mkdtemp(join(temporary, 'bayline-')).catch((error: unknown) => {
    const reason = `The temporary folder ${temporary} cannot be used: ${summarize(error).message}.`;
    throw new GatewayError(
      'BAD_CONFIG',
      `${reason} Set TMPDIR to a folder that can be written: the embedded database has its socket there.`,
    );
  });
}

function cannotStart(reason: string): GatewayError {
  return new GatewayError(
    'UNAVAILABLE',
    `The embedded database cannot start: ${reason}. Nobody else may use its folder meanwhile; if it stays so, restore DATA_DIR from a backup and keep a copy of what is there.`,
  );
}
