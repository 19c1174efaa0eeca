import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { ClientConfig } from 'pg';
import { z } from 'zod';
import { GatewayError, summarize, withDeadline } from '../errors.js';
import type { Logger } from '../logger.js';
import { startWorker } from '../worker-thread.js';
import { DataFolderLock } from './data-folder-lock.js';

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
    const lock = folder === null ? null : await DataFolderLock.acquire(folder);
    // A folder made by mkdtemp is closed to every other user, so the socket in it is too. Windows has no such socket for pg.
    const socketFolder = process.platform === 'win32' ? null : await mkdtemp(join(tmpdir(), 'bayline-'));
    const worker = startWorker('./pglite-worker', import.meta.url, {
      dataDir: folder === null ? null : join(folder, 'pglite'),
      socketPath: socketFolder === null ? null : join(socketFolder, '.s.PGSQL.5432'),
    });
    return new EmbeddedPostgres(worker, lock, socketFolder, logger);
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

function cannotStart(reason: string): GatewayError {
  return new GatewayError(
    'UNAVAILABLE',
    `The embedded database cannot start: ${reason}. If its folder is damaged, name another DATA_DIR.`,
  );
}
