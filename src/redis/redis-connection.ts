import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { withDeadline } from '../core/errors.js';
import { parseRedisUrl } from '../core/redis-url.js';
import { GuardedRedis } from './redis-guard.js';

export type RedisConnection = Redis | Cluster;

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
const LOADING_RETRY_MS = 500;
const READONLY_RECONNECT_MS = 1_000;
const LOADING_TIMEOUT_MS = 90;
/** ioredis' own timer is a backstop for its handshake; the deadline of {@link RedisClient} comes first. */
const BACKSTOP_MS = 100;

export interface ConnectionSettings {
  readonly commandTimeoutMs: number;
  /** What `CLIENT LIST` shows. */
  readonly connectionName: string;
  /** Called when the connection is given up to find a server that takes writes. */
  readonly onReadOnly: () => void;
}

/** A connection that is not open yet: fails fast, resends nothing, reconnects for ever. Throws `BAD_CONFIG`. */
export function createConnection(url: string, settings: ConnectionSettings): RedisConnection {
  const address = parseRedisUrl(url);
  const shared = { ...faultSettings(settings), ...address.options };
  if (address.kind !== 'cluster') {
    return new GuardedRedis({ ...shared, retryStrategy: retryDelay, enableOfflineQueue: false });
  }
  return new Cluster([...address.nodes], {
    // A Cluster's nodes are many sockets behind one object: only ioredis can tell which of them is stalled.
    redisOptions: { ...shared, socketTimeout: settings.commandTimeoutMs * 2 },
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

/** Whether a server that takes no commands yet is still loading its data: it answers to INFO only. Settles within 90 ms. */
export async function isLoading(connection: RedisConnection): Promise<boolean> {
  if (!(connection instanceof Redis) || connection.status !== 'connect') return false;
  const info = await withDeadline(connection.info('persistence'), LOADING_TIMEOUT_MS, 'INFO').catch(() => '');
  return /^(async_)?loading:1/m.test(info);
}

/** Milliseconds before the `attempt`-th reconnect (from 1): 50 doubling to 1,000, and up to a fifth more. */
function retryDelay(attempt: number): number {
  const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1));
  return Math.round(delay * (1 + Math.random() / 5));
}

function faultSettings({ commandTimeoutMs, connectionName, onReadOnly }: ConnectionSettings): RedisOptions {
  const backstop = commandTimeoutMs + BACKSTOP_MS;
  return {
    connectionName,
    lazyConnect: true,
    keepAlive: 10_000,
    connectTimeout: commandTimeoutMs,
    commandTimeout: backstop,
    sentinelCommandTimeout: backstop,
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
