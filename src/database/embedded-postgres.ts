import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { ClientConfig } from 'pg';
import { z } from 'zod';
import { GatewayError, summarize, withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { startWorker } from '../core/worker-thread.js';
import { openDataFolder } from './data-folder.js';
import type { DataFolderLock } from './data-folder-lock.js';
import type { PgliteWorkerData } from './pglite-worker.js';

const CLOSE_TIMEOUT_MS = 1200;
/** Before a thread that has ended is started again: doubled each time, until one has lived for long enough. */
const PAUSE_MS = { first: 250, last: 30_000 };
const STEADY_MS = 60_000;
const WorkerMessage = z.object({ address: z.string() });

/** Is told of each life of the thread. */
interface ThreadWatcher {
  /** PGlite can be reached there. */
  onListening(connection: ClientConfig): void;
  /** The thread has ended, and with it what was asked of it; another takes its place. */
  onEnded(reason: string): void;
}

/**
 * PostgreSQL without a server: PGlite in a worker thread, reached by the same driver through a private socket. A thread that ends is started
 * again; the folder stays taken meanwhile.
 */
export class EmbeddedPostgres {
  readonly #folder: string | null;
  readonly #lock: DataFolderLock | null;
  readonly #socketFolder: string | null;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  #worker: Worker | null = null;
  #running: Promise<void> = Promise.resolve();

  private constructor(
    folder: string | null,
    lock: DataFolderLock | null,
    socketFolder: string | null,
    logger: Logger,
  ) {
    this.#folder = folder;
    this.#lock = lock;
    this.#socketFolder = socketFolder;
    this.#logger = logger;
  }

  /** Takes the folder (`memory`: none). Throws `BAD_CONFIG` when it cannot be used or belongs to another process. */
  static async open(dataDir: string, logger: Logger): Promise<EmbeddedPostgres> {
    let lose: () => void = () => undefined;
    const taken = dataDir === 'memory' ? null : await openDataFolder(resolve(dataDir), logger, () => lose());
    const lock = taken?.lock ?? null;
    const socketFolder = await makeSocketFolder(lock).catch(async (error: unknown) => {
      await lock?.release();
      throw error;
    });
    const folder = taken === null ? null : join(taken.folder, 'pglite');
    const postgres = new EmbeddedPostgres(folder, lock, socketFolder, logger);
    lose = () => postgres.#lose(dataDir);
    return postgres;
  }

  /** Starts the thread, seconds later PGlite listens; and again whenever it has ended. Once only. */
  run(watcher: ThreadWatcher): void {
    this.#running = this.#keepRunning(watcher);
  }

  async #keepRunning({ onListening, onEnded }: ThreadWatcher): Promise<void> {
    const { signal } = this.#closing;
    for (let pause = PAUSE_MS.first; ; pause = Math.min(pause * 2, PAUSE_MS.last)) {
      const startedAt = performance.now();
      const reason = await this.#runOnce(onListening);
      if (signal.aborted) return;
      if (performance.now() - startedAt > STEADY_MS) pause = PAUSE_MS.first;
      onEnded(reason);
      this.#tellEnd(reason, pause);
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
  }

  /** Settles when the thread has ended, with why. */
  async #runOnce(onListening: ThreadWatcher['onListening']): Promise<string> {
    const socketPath = this.#socketFolder === null ? null : join(this.#socketFolder, '.s.PGSQL.5432');
    // One that has died leaves it behind.
    if (socketPath) await rm(socketPath, { force: true }).catch(() => undefined);
    const data: PgliteWorkerData = { dataDir: this.#folder, socketPath };
    const worker = startWorker('./pglite-worker', import.meta.url, data);
    this.#worker = worker;
    let reason = 'its thread ended';
    worker.on('message', (message) => onListening(this.#placeOf(WorkerMessage.parse(message).address)));
    worker.on('error', (error) => {
      reason = summarize(error).message;
    });
    await new Promise((settle) => worker.once('exit', settle));
    return reason;
  }

  #placeOf(address: string): ClientConfig {
    const place =
      this.#socketFolder === null
        ? { host: '127.0.0.1', port: Number(address.split(':').at(-1)) }
        : { host: this.#socketFolder, port: 5432 };
    return { ...place, user: 'postgres', database: 'postgres', ssl: false };
  }

  #tellEnd(reason: string, retry_ms: number): void {
    const folder = this.#folder;
    const sentence =
      folder === null
        ? 'The embedded database has ended, and what was in memory is lost: an empty one is started'
        : 'The embedded database has ended: it is started again. If it ends each time, restore DATA_DIR from a backup and keep a copy of what is there';
    this.#logger.error({ reason, folder, retry_ms }, sentence);
  }

  /** Another process may have the folder by now: nothing more is written, not even what closing would write. */
  #lose(dataDir: string): void {
    this.#closing.abort();
    this.#logger.fatal(
      { data_dir: dataDir },
      'DATA_DIR was removed, moved or taken over by another machine: its database is closed, calls go on without it. Restart the gateway',
    );
    void this.#worker?.terminate();
  }

  /** Writes everything out and ends the thread, within 1.2 s; never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#worker?.postMessage('close');
    const ended = withDeadline(this.#running, CLOSE_TIMEOUT_MS, 'Closing PGlite');
    await ended.catch(() => this.#worker?.terminate());
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
