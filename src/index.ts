import { summarize } from './core/errors.js';
import { LogOutput } from './core/log-output.js';
import { createLogger, type Logger } from './core/logger.js';
import type { CustomerCache } from './customers/customer-cache.js';
import { MemoryCustomerCache } from './customers/memory-customer-cache.js';
import { RedisCustomerCache } from './customers/redis-customer-cache.js';
import { RedisClient } from './redis/redis-client.js';
import { MemorySessionStore } from './sessions/memory-session-store.js';
import { RedisSessionStore } from './sessions/redis-session-store.js';
import type { SessionStore } from './sessions/session-store.js';
import { checkMemoryStoreOptions, checkRedisStoreOptions } from './store-options.js';

export { GatewayError } from './core/errors.js';
export type { Logger } from './core/logger.js';
export type { CustomerCache, CustomerData } from './customers/customer-cache.js';
export type { SessionData, SessionStore, StoreHealth } from './sessions/session-store.js';

/**
 * The sessions of live calls and the customers behind them, over Redis or in process with the same behaviour:
 * `setSession`, `getSession`, `updateSession`, `deleteSession`, `cacheCustomer`, `getCachedCustomer`,
 * `invalidateCustomerCache`, `checkHealth`, `close`.
 *
 * No method rejects because of the network. They reject with a `BAD_REQUEST` {@link GatewayError} for
 * arguments that can never be stored: a key that is empty or no text, a time to live that is not positive, data that is no plain
 * object or would not be read back from JSON as it is (a Map, a Date, an object of a class, NaN, `undefined` in a list, a ring).
 */
export type CallStore = SessionStore & CustomerCache;

export interface StoreOptions {
  /** Time to live of a session, from `setSession` on; 3600 when absent. */
  readonly sessionTtlSeconds?: number;
  /** Time to live of a cached customer; 300 when absent. */
  readonly customerTtlSeconds?: number;
  /** A pino logger; when absent, warnings and errors go to standard error as JSON lines. Phone numbers are never logged. */
  readonly logger?: Logger;
}

export interface RedisStoreOptions extends StoreOptions {
  /**
   * `redis://[user:password@]host[:port][/database]`, `rediss://` for TLS, a comma-separated list of `redis://` nodes for
   * a Cluster, or `redis+sentinel://[user:password@]host:port[,host:port]/master[/database]`.
   */
  readonly url: string;
  /** Every method settles within this time, whatever Redis does; 500 when absent. */
  readonly commandTimeoutMs?: number;
  /** Called once for every operation that Redis failed, with its name: the place to count them. What it throws is logged. */
  readonly onFault?: (operation: string) => void;
}

/**
 * A store over Redis 6.0 or newer. Connects with its first operation and again whenever the connection is lost.
 * Throws a `BAD_CONFIG` {@link GatewayError} that names each option which is wrong or unknown.
 */
export function createRedisStore(options: RedisStoreOptions): CallStore {
  checkRedisStoreOptions(options);
  const { url, commandTimeoutMs, onFault, logger = stderrLogger() } = options;
  const client = new RedisClient({
    url,
    logger,
    ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
    ...(onFault === undefined ? {} : { onFault: guarded(onFault, logger) }),
  });
  const sessions = new RedisSessionStore({ client, logger, ...ttl(options.sessionTtlSeconds) });
  return callStore(sessions, new RedisCustomerCache({ client, logger, ...ttl(options.customerTtlSeconds) }));
}

/** A store in this process, gone with it. Its `checkHealth` says `embedded`. Throws `BAD_CONFIG` like {@link createRedisStore}. */
export function createMemoryStore(options: StoreOptions = {}): CallStore {
  checkMemoryStoreOptions(options);
  const { logger = stderrLogger() } = options;
  const sessions = new MemorySessionStore({ logger, ...ttl(options.sessionTtlSeconds) });
  return callStore(sessions, new MemoryCustomerCache({ logger, ...ttl(options.customerTtlSeconds) }));
}

function callStore(sessions: SessionStore, customers: CustomerCache): CallStore {
  return {
    setSession: (callSid, data, ttlSeconds) => sessions.setSession(callSid, data, ttlSeconds),
    getSession: (callSid) => sessions.getSession(callSid),
    updateSession: (callSid, updates) => sessions.updateSession(callSid, updates),
    deleteSession: (callSid) => sessions.deleteSession(callSid),
    cacheCustomer: (phone, data, ttlSeconds) => customers.cacheCustomer(phone, data, ttlSeconds),
    getCachedCustomer: (phone) => customers.getCachedCustomer(phone),
    invalidateCustomerCache: (phone) => customers.invalidateCustomerCache(phone),
    checkHealth: () => sessions.checkHealth(),
    close: () => {
      customers.close();
      return sessions.close();
    },
  };
}

/** What a program does with a fault must not become one of the store. */
function guarded(onFault: (operation: string) => unknown, logger: Logger): (operation: string) => void {
  const failed = (error: unknown) => logger.error({ err: summarize(error) }, 'onFault failed');
  return (operation) => {
    try {
      Promise.resolve(onFault(operation)).catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}

function ttl(ttlSeconds: number | undefined) {
  return ttlSeconds === undefined ? {} : { ttlSeconds };
}

function stderrLogger(): Logger {
  return createLogger({ level: 'warn', destination: new LogOutput(2) });
}
