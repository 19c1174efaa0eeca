import { setTimeout as delay } from 'node:timers/promises';
import type { ClientConfig } from 'pg';
import { databaseUrlNote, parseDatabaseUrl } from '../core/database-url.js';
import { GatewayError, summarize, withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { explain } from './connection-faults.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { migrate } from './migrate.js';
import { hearNotifications, type NotificationListener } from './notifications.js';
import { type LockedSteps, OPERATION_TIMEOUT_MS, type Sql, SqlPool } from './sql-pool.js';
import type { SlowStatements } from './statement-times.js';
import { demandRights } from './table-rights.js';

/** The shop's database, PostgreSQL or PGlite: the same SQL and the same driver. */
export interface Database {
  /** PGlite, and not a server given by DATABASE_URL. */
  readonly embedded: boolean;
  /** Settles when the schema is up to date and a transaction has come through for the first time. Rejects only when the database was closed first. */
  readonly ready: Promise<void>;
  /**
   * Runs `work` on one connection; settles within 1750 ms once `ready` has settled, for which it waits as long at most. Rejects with an
   * `UNAVAILABLE` GatewayError, a `SqlError`, or what `work` itself throws.
   */
  run<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * As `run`, between `begin` and `commit`. `work` may be run twice, when its first run lost a race, each time within 1750 ms. After
   * `UNAVAILABLE` it is unknown whether the commit happened. `withinMs`: instead of 1750 ms, for who has less time left.
   */
  transaction<T>(work: (sql: Sql) => Promise<T>, withinMs?: number): Promise<T>;
  /**
   * As `transaction`, while nobody else has this advisory lock. `ask` only reads: it is sent in one go with `begin` and the lock, so that the lock
   * is held for few round trips. `work` begins when all of that is answered. `withinMs` counts from the call on: waiting for one's turn is in it.
   */
  locked<Q, T>(lock: number, steps: LockedSteps<Q, T>, withinMs?: number): Promise<T>;
  /**
   * Tells what is sent to this channel with `pg_notify`, once the database is ready and until it is closed. An embedded one has no other
   * users: of it only is told when it is there (again).
   */
  listen(channel: string, listener: NotificationListener): void;
  /** Never rejects, settles within 1 s. */
  check(): Promise<DatabaseHealth>;
  /** Settles within 2 s, also when the server does not answer; never rejects. */
  close(): Promise<void>;
}

type DatabaseHealth =
  | { readonly status: 'up'; readonly latencyMs: number }
  /** `error`: why it is not ready yet, as far as it is known. */
  | { readonly status: 'starting'; readonly error: string | null }
  | { readonly status: 'down'; readonly error: string };

interface DatabaseOptions {
  /** `postgres://…`; without it PGlite is used. */
  readonly url?: string;
  /** PGlite's folder, or `memory`. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** Told of each statement, and each wait for a connection, that took long. */
  readonly slow?: SlowStatements | undefined;
}

const CHECK_TIMEOUT_MS = 900;
const MAX_CONNECTIONS = 10;
const RETRY_MS = { first: 250, last: 5000 };

/**
 * Starts connecting and returns at once: the gateway answers calls before the database is ready. A server that cannot be reached
 * is tried until it can, and PGlite is started again when it ends. Throws `BAD_CONFIG` when the data folder cannot be used or belongs to another process.
 */
export async function openDatabase({ url, dataDir, logger, slow }: DatabaseOptions): Promise<Database> {
  if (url !== undefined) {
    const address = parseDatabaseUrl(url);
    const note = databaseUrlNote(url);
    if (note !== null) logger.warn(note);
    const database = new PostgresDatabase(null, logger, slow);
    database.connect(address);
    return database;
  }
  const embedded = await EmbeddedPostgres.open(dataDir, logger);
  const database = new PostgresDatabase(embedded, logger, slow);
  embedded.run({
    onListening: (connection) => database.connect(connection),
    onEnded: (reason) => database.disconnect(reason),
  });
  return database;
}

class PostgresDatabase implements Database {
  readonly ready: Promise<void>;
  readonly #embedded: EmbeddedPostgres | null;
  readonly #logger: Logger;
  readonly #slow: SlowStatements | undefined;
  readonly #closing = new AbortController();
  #connecting = new AbortController();
  #hasBeenReady = false;
  #becomeReady: () => void = () => undefined;
  #pool: SqlPool | null = null;
  #closed: Promise<void> | null = null;
  readonly #onConnected: ((connection: ClientConfig) => void)[] = [];
  #connection: ClientConfig | null = null;
  #fault: string | null = null;

  constructor(embedded: EmbeddedPostgres | null, logger: Logger, slow: SlowStatements | undefined) {
    this.#embedded = embedded;
    this.#logger = logger;
    this.#slow = slow;
    const { signal } = this.#closing;
    this.ready = new Promise((settle, reject) => {
      this.#becomeReady = settle;
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    this.ready.catch(() => {});
  }

  get embedded(): boolean {
    return this.#embedded !== null;
  }

  /** Tries to connect until it can, or until it is told to disconnect. */
  connect(connection: ClientConfig): void {
    this.#connecting = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, this.#connecting.signal]);
    // Rejects only when it is given up.
    this.#prepare(connection, signal).catch(() => {});
  }

  /** Nobody is there any more: what is asked from now on is refused at once. */
  disconnect(reason: string): void {
    this.#connecting.abort();
    this.#fault = reason;
    void this.#pool?.close();
    this.#pool = null;
    this.#connection = null;
  }

  async #prepare(connection: ClientConfig, signal: AbortSignal): Promise<void> {
    for (let wait = RETRY_MS.first; ; wait = Math.min(wait * 2, RETRY_MS.last)) {
      signal.throwIfAborted();
      try {
        await migrate(connection, signal);
        this.#pool = await this.#openPool(connection, signal);
        break;
      } catch (error) {
        signal.throwIfAborted();
        const message = this.embedded ? summarize(error).message : explain(error, connection);
        this.#fault = message;
        this.#logger.error({ ...summarize(error), message }, 'The database is not ready yet');
        await delay(wait, undefined, { signal });
      }
    }
    this.#hasBeenReady = true;
    this.#connection = connection;
    this.#becomeReady();
    for (const listen of this.#onConnected) listen(connection);
    this.#logger.info({ embedded: this.embedded }, 'The database is ready');
  }

  /** Connections through which a transaction has come, and which may do what the gateway does. */
  async #openPool(connection: ClientConfig, signal: AbortSignal): Promise<SqlPool> {
    // PGlite has one session: a second connection would run its statements in the midst of the first one's transaction.
    const maxConnections = this.embedded ? 1 : MAX_CONNECTIONS;
    const pool = new SqlPool({ connection, maxConnections, logger: this.#logger, slow: this.#slow });
    try {
      await pool.transaction(demandRights);
      signal.throwIfAborted();
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  listen(channel: string, listener: NotificationListener): void {
    const listen = (connection: ClientConfig) => {
      if (this.embedded) listener.onListening(true);
      else void hearNotifications({ connection, channel, listener }, this.#closing.signal);
    };
    this.#onConnected.push(listen);
    if (this.#connection) listen(this.#connection);
  }

  async run<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return (await this.#readyPool()).run(work);
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>, withinMs?: number): Promise<T> {
    return (await this.#readyPool()).transaction(work, withinMs);
  }

  async locked<Q, T>(lock: number, steps: LockedSteps<Q, T>, withinMs?: number): Promise<T> {
    return (await this.#readyPool()).locked(lock, steps, withinMs);
  }

  async #readyPool(): Promise<SqlPool> {
    if (!this.#pool) {
      await withDeadline(this.ready, OPERATION_TIMEOUT_MS, 'Waiting for the database').catch(() => {});
    }
    if (!this.#pool || this.#closing.signal.aborted) {
      const state = this.#closing.signal.aborted ? 'is closed' : 'is not ready yet';
      throw new GatewayError('UNAVAILABLE', `The database ${state}.`);
    }
    return this.#pool;
  }

  async check(): Promise<DatabaseHealth> {
    if (!this.#pool && !this.#hasBeenReady) return { status: 'starting', error: this.#fault };
    const startedAt = performance.now();
    try {
      // As what calls need: a database that only reads is of no use to them.
      const probe = this.transaction((sql) => sql.execute('select 1'));
      await withDeadline(probe, CHECK_TIMEOUT_MS, 'The database');
      return { status: 'up', latencyMs: performance.now() - startedAt };
    } catch (error) {
      return { status: 'down', error: summarize(error).message };
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort(new GatewayError('UNAVAILABLE', 'The database is closed.'));
    await this.#pool?.close();
    await this.#embedded?.close();
  }
}
