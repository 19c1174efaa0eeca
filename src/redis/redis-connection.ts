import { Cluster, type Command, Redis, type RedisOptions } from 'ioredis';
import { GatewayError, withDeadline } from '../core/errors.js';
import { parseRedisUrl } from '../core/redis-url.js';
import { faultKind } from './redis-faults.js';

export type RedisConnection = Redis | Cluster;

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
const LOADING_RETRY_MS = 500;
const READONLY_RECONNECT_MS = 1_000;
const LOADING_TIMEOUT_MS = 90;
/** How much longer a command of the handshake may take than any other; {@link RedisClient} keeps the deadline of those. */
const HANDSHAKE_EXTRA_MS = 100;
/** What is sent before the database is chosen, or needs none. */
const WITHOUT_DATABASE: ReadonlySet<string> = new Set([
  'auth',
  'client',
  'hello',
  'info',
  'ping',
  'quit',
  'readonly',
  'role',
]);
/** What a server answers to whatever comes first, before it closes the connection. */
const REFUSED_AT_THE_DOOR = /^(NOAUTH|WRONGPASS|DENIED|ERR max number of clients)/;
const SELECT_RETRY_MS = 1_000;

interface ConnectionSettings {
  readonly commandTimeoutMs: number;
  /** What `CLIENT LIST` shows. */
  readonly connectionName: string;
  /** Called when the connection is given up to find a server that takes writes. */
  readonly onReadOnly: () => void;
  /** It only listens to channels, which no database number keeps apart. */
  readonly isSubscription?: boolean;
}

/** A connection that is not open yet: fails fast, resends nothing, reconnects for ever. Throws `BAD_CONFIG`. */
export function createConnection(url: string, settings: ConnectionSettings): RedisConnection {
  const address = parseRedisUrl(url);
  const handshakeMs = settings.commandTimeoutMs + HANDSHAKE_EXTRA_MS;
  const shared = { ...faultSettings(settings, handshakeMs), ...address.options };
  if (address.kind !== 'cluster') {
    const listening = settings.isSubscription ? { db: 0, autoResubscribe: false } : {};
    const own = { retryStrategy: retryDelay, enableOfflineQueue: false, ...listening };
    return new GuardedRedis({ ...shared, ...own }, handshakeMs);
  }
  return new Cluster([...address.nodes], {
    // A Cluster's nodes are many sockets behind one object: only ioredis can tell which of them is stalled.
    redisOptions: { ...shared, commandTimeout: handshakeMs, socketTimeout: settings.commandTimeoutMs * 2 },
    clusterRetryStrategy: retryDelay,
    clusterNodeRetryStrategy: retryDelay,
    slotsRefreshTimeout: settings.commandTimeoutMs,
    enableOfflineQueue: false,
    lazyConnect: true,
  });
}

/**
 * Why a connection failed: what the server answered before it closed it, else `error`; `undefined` when that tells nothing, because ioredis
 * says it of its own greeting after the connection has ended for another reason.
 */
export function connectionFault(connection: RedisConnection, error: Error): Error | undefined {
  if (connection instanceof GuardedRedis && connection.refusedAtTheDoor) return connection.refusedAtTheDoor;
  return error.message.startsWith("Stream isn't writeable") ? undefined : error;
}

export function notConnected(cause: unknown): GatewayError {
  return new GatewayError('UNAVAILABLE', 'There is no connection to Redis', { cause });
}

/** Why something failed with `error`: what is known of the connection says more than that nothing came. Settles within 90 ms. */
export async function whyNot(connection: RedisConnection, error: unknown, known: unknown): Promise<unknown> {
  const kind = faultKind(error);
  if (connection.status === 'ready' || (kind !== 'timeout' && kind !== 'connection')) return error;
  if (await isLoading(connection)) return new Error('LOADING');
  return known === undefined ? error : notConnected(known);
}

/** Whether a server that takes no commands yet is still loading its data: it answers to INFO only. */
async function isLoading(connection: RedisConnection): Promise<boolean> {
  if (!(connection instanceof Redis) || connection.status !== 'connect') return false;
  const info = await withDeadline(connection.info('persistence'), LOADING_TIMEOUT_MS, 'INFO').catch(() => '');
  return /^(async_)?loading:1/m.test(info);
}

/** Milliseconds before the `attempt`-th reconnect (from 1): 50 doubling to 1,000, and up to a fifth more. */
function retryDelay(attempt: number): number {
  const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1));
  return Math.round(delay * (1 + Math.random() / 5));
}

function faultSettings(settings: ConnectionSettings, handshakeMs: number): RedisOptions {
  const { commandTimeoutMs, connectionName, onReadOnly } = settings;
  return {
    connectionName,
    lazyConnect: true,
    keepAlive: 10_000,
    connectTimeout: commandTimeoutMs,
    sentinelCommandTimeout: handshakeMs,
    disconnectTimeout: 100,
    // A server that loads its data may guess that it will take long.
    maxLoadingRetryTime: LOADING_RETRY_MS,
    // Together these two mean that nothing is ever sent twice.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: false,
    sentinelRetryStrategy: retryDelay,
    reconnectOnError: reconnectWhenReadOnly(onReadOnly),
  };
}

/** A master that became a replica answers READONLY: find the new master, but never in a tight loop. */
function reconnectWhenReadOnly(onReadOnly: () => void): (error: Error) => 1 | false {
  let last = Number.NEGATIVE_INFINITY;
  return (error) => {
    const now = performance.now();
    if (!error.message.startsWith('READONLY') || now - last < READONLY_RECONNECT_MS) return false;
    last = now;
    onReadOnly();
    return 1;
  };
}

/**
 * A connection on which no command leaves before its database number stands. ioredis goes on in database 0 when the server refuses
 * SELECT, at the start as on every reconnect; here each command fails with that refusal, and SELECT is sent again once a second. Emits
 * `database` when it stands at last.
 */
export class GuardedRedis extends Redis {
  /** What the server answered to the first command of a connection that it then closed. */
  refusedAtTheDoor: Error | undefined;
  readonly #handshakeMs: number;
  #stands = true;
  #selects = 0;
  #refusal: Error | undefined;
  #retry: NodeJS.Timeout | undefined;

  /** `handshakeMs`: the deadline of each command until the connection is ready. After that whoever sends a command sets the deadline. */
  constructor(options: RedisOptions, handshakeMs: number) {
    super(options);
    this.#handshakeMs = handshakeMs;
  }

  /** False while the database number is not known to be the right one. */
  get hasDatabase(): boolean {
    return this.#stands;
  }

  override sendCommand(command: Command, stream?: Parameters<Redis['sendCommand']>[1]): unknown {
    if (command.name === 'select') this.#follow(command);
    else if (!this.#stands && !WITHOUT_DATABASE.has(command.name)) {
      command.reject(this.#refusal ?? new Error('The database number is not chosen yet'));
      return command.promise;
    }
    if (this.status !== 'ready') command.setTimeout(this.#handshakeMs);
    if (this.status === 'connect') this.#listenAtTheDoor(command);
    return super.sendCommand(command, stream);
  }

  override disconnect(reconnect = false): void {
    clearTimeout(this.#retry);
    super.disconnect(reconnect);
  }

  /** Only the answer to the latest SELECT counts. */
  #follow(command: Command): void {
    this.#selects += 1;
    const number = this.#selects;
    this.#stands = false;
    clearTimeout(this.#retry);
    command.promise.then(
      () => this.#selected(number),
      (error: Error) => this.#refused(number, error),
    );
  }

  #selected(number: number): void {
    if (number !== this.#selects) return;
    this.#stands = true;
    this.#refusal = undefined;
    if (this.status === 'ready') this.emit('database');
  }

  #refused(number: number, error: Error): void {
    if (number !== this.#selects) return;
    this.#refusal = error;
    this.#retry = setTimeout(() => this.#selectAgain(), SELECT_RETRY_MS).unref();
  }

  /** A new connection chooses its database by itself. */
  #selectAgain(): void {
    if (this.status === 'ready') this.select(this.options.db ?? 0).catch(() => undefined);
  }

  #listenAtTheDoor(command: Command): void {
    this.refusedAtTheDoor = undefined;
    command.promise.catch((error: Error) => {
      if (REFUSED_AT_THE_DOOR.test(error.message)) this.refusedAtTheDoor = error;
    });
  }
}
