import { Socket } from 'node:net';
import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { GatewayError, withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { cancelStatement, isDirect } from './cancel-statement.js';
import { fromDriver, mayBeRetried, SqlError, unavailable } from './sql-error.js';
import { type SlowStatements, StatementTimes } from './statement-times.js';
import { WaitingLine } from './waiting-line.js';

/** What statements are written with: drizzle's query builder on one connection. */
export type Sql = NodePgDatabase<Record<string, never>>;

/** From asking for a connection to the answer; leaves 250 ms of a desk's 2 s for what follows the commit. */
export const OPERATION_TIMEOUT_MS = 1750;
const CONNECT_TIMEOUT_MS = 1500;
const STATEMENT_TIMEOUT_MS = 1500;
const LOCK_TIMEOUT_MS = 500;
/** A gateway whose machine is gone in the midst of a transaction must not keep the book locked until TCP gives up. */
const IDLE_TRANSACTION_MS = 2000;
const CLOSE_TIMEOUT_MS = 500;
/** So many transactions of this process have a lock or wait for it at the server; the others keep no connection busy meanwhile. */
export const AT_LOCK = 2;
/**
 * How every transaction begins, in one message. The settings end with it, and nothing of the session is relied upon: behind a pooler the
 * next transaction has another one, and a pooler takes no settings at the start. Written out, so that no default of the role counts.
 */
const BEGIN = [
  'begin isolation level read committed read write',
  `set local statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
  `set local lock_timeout = ${LOCK_TIMEOUT_MS}`,
  `set local idle_in_transaction_session_timeout = ${IDLE_TRANSACTION_MS}`,
].join('; ');

interface SqlPoolOptions {
  readonly connection: pg.ClientConfig;
  readonly maxConnections: number;
  readonly logger: Logger;
  /** Absent: nobody wants to know. */
  readonly slow?: SlowStatements | undefined;
}

/** A transaction in two steps; see {@link SqlPool.locked}. */
export interface LockedSteps<Q, T> {
  /** Only reads. Is sent before it is known that the transaction has begun. */
  ask(sql: Sql): Promise<Q>;
  work(sql: Sql, answers: Q): Promise<T>;
}

const NOBODY: SlowStatements = { thresholdMs: Number.POSITIVE_INFINITY, took: () => undefined };

/**
 * Connections to PostgreSQL under a deadline: whatever happens to the server, every run settles in
 * {@link OPERATION_TIMEOUT_MS}, and a connection that did not answer is cut, so that its transaction ends too. The server is told to give up
 * a statement that is late: inside of a transaction by a timeout of its own, outside by a request to cancel it (not through a pooler).
 */
export class SqlPool {
  readonly #lines = new Map<number, WaitingLine>();
  readonly #pool: pg.Pool;
  readonly #connection: pg.ClientConfig;
  readonly #slow: SlowStatements;
  /** Whether the server itself answers, and no pooler between; null: not known yet. */
  #isDirect: boolean | null = null;
  readonly #sockets = new Set<Socket>();

  constructor({ connection, maxConnections, logger, slow = NOBODY }: SqlPoolOptions) {
    this.#connection = connection;
    this.#slow = slow;
    this.#pool = new pg.Pool({
      ...connection,
      pipeline: true,
      max: maxConnections,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: 0,
      keepAlive: true,
      application_name: connection.application_name ?? 'bayline',
      stream: () => this.#openSocket(),
    });
    const onError = (error: Error) =>
      logger.warn({ reason: error.message }, 'A database connection was lost');
    this.#pool.on('error', onError);
    // A connection in use has no listener of the pool's, and its loss would end the process.
    this.#pool.on('connect', (client) => {
      client.on('error', () => {});
      if (this.#isDirect === null) void this.#findOut(client).catch(() => {});
    });
  }

  async #findOut(client: pg.PoolClient): Promise<void> {
    this.#isDirect = await isDirect(client);
  }

  #openSocket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    return socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Runs `work` on a connection of its own, in so many ms at most. Rejects with `UNAVAILABLE`, a {@link SqlError} or what `work` itself throws. */
  async run<T>(work: (sql: Sql) => Promise<T>, withinMs = OPERATION_TIMEOUT_MS): Promise<T> {
    const startedAt = performance.now();
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw unavailable(error);
    });
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > this.#slow.thresholdMs) this.#slow.took('connection', waitedMs);
    const left = Math.round(withinMs - waitedMs);
    const times = new StatementTimes(this.#slow);
    let broken = false;
    let cancelled: Promise<void> | null = null;
    try {
      // Whoever asked has been told by now that nothing happened.
      if (left < 1) throw new GatewayError('UNAVAILABLE', 'The database was too late with a connection.');
      return await withDeadline(work(drizzle({ client, logger: times })), left, 'the operation');
    } catch (error) {
      if (!isDriverFault(error)) throw error;
      // A pooler gives the session up by itself when its client is gone, and PgBouncer 1.18 ends when it is asked to cancel meanwhile.
      if (error instanceof GatewayError && this.#isDirect)
        cancelled = cancelStatement(client, this.#connection);
      const fault = error instanceof NotBegun ? unavailable(error.cause) : fromDriver(error);
      broken = !(fault instanceof SqlError);
      throw fault;
    } finally {
      times.end();
      const release = () => {
        if (broken) cut(client);
        client.release(broken);
      };
      if (cancelled) void cancelled.then(release);
      else release();
    }
  }

  /**
   * Runs `work` between `begin` and `commit`; rolls back when it throws. A race lost to another transaction is run once more, so
   * `work` must be fit to run twice; each run has `withinMs`. When `UNAVAILABLE` is thrown, it is unknown whether the commit happened.
   */
  async transaction<T>(work: (sql: Sql) => Promise<T>, withinMs = OPERATION_TIMEOUT_MS): Promise<T> {
    return again(() => this.run((sql) => inTransaction(sql, sql.execute(BEGIN), () => work(sql)), withinMs));
  }

  /**
   * As {@link transaction}, under an advisory lock, for which the transactions of this process wait in line. `ask` is sent behind the lock without
   * waiting for it: the lock is held for one round trip less for each question. `withinMs` is for the wait in line and the first try; another has as long as that.
   */
  async locked<Q, T>(
    lock: number,
    { ask, work }: LockedSteps<Q, T>,
    withinMs = OPERATION_TIMEOUT_MS,
  ): Promise<T> {
    const begin = `${BEGIN}; select pg_advisory_xact_lock(${lock})`;
    const attempt = (leftMs: number) =>
      this.run((sql) => {
        const begun = sql.execute(begin).execute();
        const asked = (async () => ask(sql))();
        // Nobody waits for it when the transaction has not begun.
        asked.catch(() => {});
        return inTransaction(sql, begun, async () => work(sql, await asked));
      }, leftMs);
    return this.#lineOf(lock).enter(withinMs, (leftMs) => again(() => attempt(leftMs)));
  }

  #lineOf(lock: number): WaitingLine {
    const line = this.#lines.get(lock) ?? new WaitingLine(AT_LOCK);
    this.#lines.set(lock, line);
    return line;
  }

  /** Settles within 500 ms, even when the server does not answer: then its connections are cut. */
  async close(): Promise<void> {
    await withDeadline(this.#pool.end(), CLOSE_TIMEOUT_MS, 'Closing the database').catch(() => {});
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** No statement is at fault: a standby, say, refuses `begin ... read write` with 0A000. `cause` says why. */
class NotBegun extends Error {}

function isDriverFault(error: unknown): boolean {
  const isLate = error instanceof GatewayError && error.code === 'DEADLINE';
  return isLate || error instanceof DrizzleQueryError || error instanceof NotBegun;
}

/** Settles like the attempt; a lost race is run once more. */
async function again<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!mayBeRetried(error)) throw error;
    return attempt();
  }
}

async function inTransaction<T>(sql: Sql, begun: Promise<unknown>, work: () => Promise<T>): Promise<T> {
  try {
    await begun.catch((cause: unknown) => {
      // The lock, which is asked for in the same message, may lose a race.
      throw mayBeRetried(fromDriver(cause)) ? cause : new NotBegun('It did not begin.', { cause });
    });
    const result = await work();
    await sql.execute('commit');
    return result;
  } catch (error) {
    await sql.execute('rollback');
    throw error;
  }
}

/** Its end alone would wait for what was asked. As pg-pool itself cuts one that comes too late; the types do not tell of it. */
function cut(client: object): void {
  const connection: unknown = 'connection' in client ? client.connection : null;
  if (typeof connection !== 'object' || connection === null || !('stream' in connection)) return;
  if (connection.stream instanceof Socket) connection.stream.destroy();
}
