import type { Logger } from '../core/logger.js';
import type { RedisClient } from '../redis/redis-client.js';
import { keyOf } from '../redis/redis-keys.js';
import { ttlMs } from '../store-arguments.js';
import {
  type CustomerCache,
  type CustomerData,
  readCachedCustomer,
  requirePhone,
  writeCachedCustomer,
} from './customer-cache.js';

interface RedisCustomerCacheOptions {
  readonly client: RedisClient;
  readonly logger: Logger;
  /** Used when a write names no other; 300 when absent. */
  readonly ttlSeconds?: number;
}

/** The names under which the cache's operations go. */
export const CUSTOMER_OPERATIONS: readonly string[] = [
  'cacheCustomer',
  'getCachedCustomer',
  'invalidateCustomerCache',
];

/** Customers in Redis, one plain JSON string under `customer:{phone}`. Hits, misses and writes are logged at debug, without the number. */
export class RedisCustomerCache implements CustomerCache {
  readonly #client: RedisClient;
  readonly #logger: Logger;
  readonly #ttlSeconds: number;

  constructor({ client, logger, ttlSeconds = 300 }: RedisCustomerCacheOptions) {
    this.#client = client;
    this.#logger = logger;
    this.#ttlSeconds = ttlSeconds;
  }

  async cacheCustomer(phone: string, data: CustomerData, ttlSeconds = this.#ttlSeconds): Promise<boolean> {
    requirePhone(phone);
    const text = writeCachedCustomer(data);
    const ttl = ttlMs(ttlSeconds);
    const stored = await this.#client.run(
      'cacheCustomer',
      async (commands) => (await commands.set(customerKey(phone), text, 'PX', ttl)) === 'OK',
      false,
    );
    this.#logger.debug({ stored }, 'Customer cached');
    return stored;
  }

  async getCachedCustomer(phone: string): Promise<CustomerData | null> {
    requirePhone(phone);
    return this.#client.run(
      'getCachedCustomer',
      async (commands) => {
        const text = await commands.get(customerKey(phone));
        this.#logger.debug({ hit: text !== null }, 'Cached customer read');
        return text === null ? null : readCachedCustomer(text);
      },
      null,
    );
  }

  async invalidateCustomerCache(phone: string): Promise<boolean> {
    requirePhone(phone);
    const removed = await this.#client.run(
      'invalidateCustomerCache',
      async (commands) => (await commands.del(customerKey(phone))) === 1,
      false,
    );
    this.#logger.debug({ removed }, 'Cached customer removed');
    return removed;
  }
}

/** The one place that makes a customer's key. */
function customerKey(phone: string): string {
  return keyOf('customer', phone);
}
