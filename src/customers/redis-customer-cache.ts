import type { Logger } from '../core/logger.js';
import { PendingDeletes } from '../redis/pending-deletes.js';
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
  readonly #pending: PendingDeletes;

  constructor({ client, logger, ttlSeconds = 300 }: RedisCustomerCacheOptions) {
    this.#client = client;
    this.#logger = logger;
    this.#ttlSeconds = ttlSeconds;
    this.#pending = new PendingDeletes(logger);
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
    if (stored) this.#pending.cancel(phone);
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

  /** When Redis does not answer, the entry is removed as soon as it does, unless it is written again before. */
  async invalidateCustomerCache(phone: string): Promise<boolean> {
    requirePhone(phone);
    const remove = () =>
      this.#client.run<number | null>(
        'invalidateCustomerCache',
        (commands) => commands.del(customerKey(phone)),
        null,
      );
    const count = await remove();
    if (count === null) this.#pending.add(phone, async () => (await remove()) !== null);
    this.#logger.debug({ removed: count === 1 }, 'Cached customer removed');
    return count === 1;
  }

  close(): void {
    this.#pending.close();
  }
}

/** The one place that makes a customer's key. */
function customerKey(phone: string): string {
  return keyOf('customer', phone);
}
