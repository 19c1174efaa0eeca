import { Redis, type RedisCommander } from 'ioredis';
import { withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { Availability } from './availability.js';
import { Deadlines } from './deadlines.js';
import { adviceFor } from './redis-advice.js';
import {
  connectionFault,
  createConnection,
  GuardedRedis,
  notConnected,
  type RedisConnection,
  whyNot,
} from './redis-connection.js';
import { faultKind, RedisFaults } from './redis-faults.js';
import { CHECK_SCRIPT, checkStorage, PROBE_KEY } from './redis-storage-check.js';

interface RedisClientOptions {
  /** See `REDIS_URL_FORMS`. */
  readonly url: string;
  readonly logger: Logger;
  /** Every operation settles within this time; 500 when absent. */
  readonly commandTimeoutMs?: number;
  /** What `CLIENT LIST` shows; `bayline` when absent. */
  readonly connectionName?: string;
  /** Called once for every failed operation, with its name and how long it took, and for every skipped one. */
  readonly onFault?: (operation: string, ms: number) => void;
  /** Called when operations begin to be skipped, because the server does not answer, and when that ends. */
  readonly onAvailable?: (isUp: boolean) => void;
  /** Called for every operation that was answered, with its name and how long that took. */
  readonly onAnswered?: (operation: string, ms: number) => void;
}

type RedisHealth =
  | { readonly status: 'up'; readonly latencyMs: number }
  | { readonly status: 'down'; readonly error: string };

export type RedisCommands = RedisCommander;

const HEALTH_TIMEOUT_MS = 900;

/**
 * One connection to Redis (server, Sentinel or Cluster) that opens with its first operation and never keeps anybody
 * waiting: an operation settles within the command timeout, and at once while the connection is lost or the server is
 * known not to answer (a circuit breaker).
 */
export class RedisClient {
  readonly commandTimeoutMs: number;
  readonly #connection: RedisConnection;
  readonly #options: RedisClientOptions;
  readonly #faults: RedisFaults;
  readonly #deadlines: Deadlines;
  readonly #readyListeners = new Set<() => void>();
  readonly #availability: Availability;
  #opening: Promise<void> | undefined;
  /** Why there is no connection. */
  #connectionFault: unknown;
  #repliedAt = 0;
  #isCorked = false;
  #closing = false;
  #closed = false;

  /** Throws a `BAD_CONFIG` GatewayError when the URL cannot be read. Opens nothing yet. */
  constructor(options: RedisClientOptions) {
    this.#options = options;
    this.commandTimeoutMs = options.commandTimeoutMs ?? 500;
    this.#faults = new RedisFaults(options.logger);
    this.#deadlines = new Deadlines(this.commandTimeoutMs);
    this.#availability = new Availability({
      probe: () => this.#bounded((commands) => commands.exists(PROBE_KEY), 'EXISTS'),
      onDown: () => this.#turned(false),
      onUp: () => this.#turned(true),
    });
    this.#connection = createConnection(options.url, {
      commandTimeoutMs: this.commandTimeoutMs,
      connectionName: options.connectionName ?? 'bayline',
      onReadOnly: () => this.#availability.left(),
    });
    this.#connection.on('error', (error: Error) => this.#connectionFailed(error));
    for (const event of ['ready', 'database']) this.#connection.on(event, () => this.#connected());
    const { name, ...script } = CHECK_SCRIPT;
    this.defineCommand(name, script);
  }

  /** Makes a Lua script callable as a command; the types of `RedisCommander` are extended where it is used. */
  defineCommand(name: string, script: { readonly lua: string; readonly numberOfKeys: number }): void {
    this.#connection.defineCommand(name, script);
  }

  /** Calls `listener` each time that Redis is there (again), until the function it returns is called. */
  onReady(listener: () => void): () => void {
    this.#readyListeners.add(listener);
    return () => this.#readyListeners.delete(listener);
  }

  /**
   * What `work` gives, or `whenFailed` when Redis fails, is late or is known not to answer: then the fault is logged and counted
   * under `operation`, and whether anything was applied is unknown. Never rejects.
   */
  run<T>(operation: string, work: (commands: RedisCommands) => Promise<T>, whenFailed: T): Promise<T> {
    if (!this.#availability.isUp) return this.#skip(operation, whenFailed);
    const startedAt = performance.now();
    return this.#bounded(work, operation).then(
      (value) => {
        const now = performance.now();
        this.#repliedAt = now;
        this.#availability.succeeded(startedAt, now);
        this.#options.onAnswered?.(operation, now - startedAt);
        return value;
      },
      (error: unknown) => {
        this.#failed(operation, error, startedAt);
        return whenFailed;
      },
    );
  }

  /**
   * Does once what gateways do in Redis, even when nothing else is asked of it: `down` with a sentence that names what is refused
   * and the setting that would help. Never rejects; settles within a second.
   */
  async checkHealth(): Promise<RedisHealth> {
    const startedAt = performance.now();
    try {
      const check = this.#bounded(checkStorage, 'The check of Redis');
      await withDeadline(check, HEALTH_TIMEOUT_MS, 'The check of Redis');
      const latencyMs = Math.round((performance.now() - startedAt) * 1_000) / 1_000;
      this.#options.logger.debug({ latency_ms: latencyMs }, 'Redis answers');
      return { status: 'up', latencyMs };
    } catch (error) {
      const fault = await whyNot(this.#connection, error, this.#connectionFault);
      this.#failed('checkHealth', fault, startedAt);
      return { status: 'down', error: adviceFor(fault) };
    }
  }

  /** Lets what was sent finish, then disconnects; settles within the command timeout even when Redis is stopped. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#availability.close();
    if (this.#connection.status === 'ready') {
      await this.#deadlines.bound(this.#connection.quit(), 'QUIT').catch(() => undefined);
    }
    this.#connection.disconnect();
    this.#deadlines.close();
  }

  #connected(): void {
    if (this.#connection instanceof GuardedRedis && !this.#connection.hasDatabase) return;
    this.#connectionFault = undefined;
    this.#faults.connected();
    if (this.#connection instanceof Redis) this.#identify(this.#connection.info('server'));
    if (this.#availability.isUp) this.#tellReady();
    else this.#availability.reconnected();
  }

  #turned(isUp: boolean): void {
    if (isUp) this.#faults.up();
    else this.#faults.down();
    this.#options.onAvailable?.(isUp);
    if (isUp) this.#tellReady();
  }

  #tellReady(): void {
    for (const listener of this.#readyListeners) listener();
  }

  /** A user who may not ask for INFO gets along without. */
  #identify(info: Promise<string>): void {
    const asked = this.#deadlines.bound(info, 'INFO');
    asked.then((answer) => this.#faults.identified(answer)).catch(() => undefined);
  }

  #skip<T>(operation: string, whenFailed: T): Promise<T> {
    this.#faults.skipped();
    if (!this.#closed) this.#options.onFault?.(operation, 0);
    return Promise.resolve(whenFailed);
  }

  #bounded<T>(work: (commands: RedisCommands) => Promise<T>, what: string): Promise<T> {
    return this.#deadlines.bound(this.#send(work), what);
  }

  #send<T>(work: (commands: RedisCommands) => Promise<T>): Promise<T> {
    const connection = this.#connection;
    if (connection.status === 'ready' && !this.#closed) {
      if (this.#deadlines.waiting > 0) this.#cork();
      return work(connection);
    }
    const giveUpAt = performance.now() + this.commandTimeoutMs;
    return this.#open().then(() => {
      // Who waited longer was told that it failed: nothing may be begun for it now.
      const isLate = performance.now() >= giveUpAt;
      if (connection.status !== 'ready' || this.#closed || isLate) throw notConnected(this.#connectionFault);
      return work(connection);
    });
  }

  // One system call for the commands of a turn: it costs more than all else about them. A Cluster has a socket per node.
  #cork(): void {
    if (this.#isCorked || !(this.#connection instanceof Redis)) return;
    const { stream } = this.#connection;
    this.#isCorked = true;
    stream.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      stream.uncork();
    });
  }

  /** Waits for the first connection only: once it was lost, nobody waits for it to come back. */
  #open(): Promise<void> {
    if (this.#connection.status === 'wait' && !this.#closed) {
      this.#availability.watch();
      const settled = () => {
        this.#opening = undefined;
      };
      // A failure has been reported by the `error` listener, and ioredis goes on trying.
      this.#opening = this.#connection.connect().then(settled, settled);
    }
    return this.#opening ?? Promise.resolve();
  }

  #connectionFailed(error: Error): void {
    const fault = connectionFault(this.#connection, error);
    if (fault !== undefined) this.#faults.report('connect', fault);
    this.#connectionFault = fault ?? this.#connectionFault;
    this.#availability.failed(notConnected(this.#connectionFault), performance.now());
  }

  #failed(operation: string, error: unknown, startedAt: number): void {
    if (this.#closed) return;
    this.#options.onFault?.(operation, performance.now() - startedAt);
    this.#faults.report(operation, error);
    const isTelling = this.#availability.failed(error, startedAt);
    if (isTelling && faultKind(error) === 'timeout' && this.#repliedAt < startedAt) this.#reconnect();
  }

  /** A stopped server keeps its sockets open: only a new one tells when it is back, and this one's buffers would grow. */
  #reconnect(): void {
    if (!(this.#connection instanceof Redis) || this.#connection.status !== 'ready' || this.#closing) return;
    this.#closing = true;
    this.#connection.once('close', () => {
      this.#closing = false;
    });
    this.#faults.lost();
    this.#connection.disconnect(true);
  }
}
