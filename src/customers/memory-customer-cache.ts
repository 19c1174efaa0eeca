import { BoundedMap } from '../core/bounded-map.js';
import type { Logger } from '../core/logger.js';
import { ttlMs } from '../store-arguments.js';
import {
  type CustomerCache,
  type CustomerData,
  readCachedCustomer,
  requirePhone,
  writeCachedCustomer,
} from './customer-cache.js';

interface MemoryCustomerCacheOptions {
  readonly logger: Logger;
  /** Used when a write names no other; 300 when absent. */
  readonly ttlSeconds?: number;
  /** The entry written longest ago makes room for one more; 10,000 when absent. */
  readonly maxEntries?: number;
}

interface Entry {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Customers in this process, for a gateway without Redis. Needs no timer: entries go when read too late or when it is full. */
export class MemoryCustomerCache implements CustomerCache {
  readonly #logger: Logger;
  readonly #ttlSeconds: number;
  readonly #entries: BoundedMap<string, Entry>;

  constructor({ logger, ttlSeconds = 300, maxEntries = 10_000 }: MemoryCustomerCacheOptions) {
    this.#logger = logger;
    this.#ttlSeconds = ttlSeconds;
    this.#entries = new BoundedMap(maxEntries);
  }

  get size(): number {
    return this.#entries.size;
  }

  async cacheCustomer(phone: string, data: CustomerData, ttlSeconds = this.#ttlSeconds): Promise<boolean> {
    requirePhone(phone);
    this.#entries.set(phone, { text: writeCachedCustomer(data), expiresAt: Date.now() + ttlMs(ttlSeconds) });
    this.#logger.debug({ stored: true }, 'Customer cached');
    return true;
  }

  async getCachedCustomer(phone: string): Promise<CustomerData | null> {
    requirePhone(phone);
    const entry = this.#live(phone);
    this.#logger.debug({ hit: entry !== undefined }, 'Cached customer read');
    return entry === undefined ? null : readCachedCustomer(entry.text);
  }

  async invalidateCustomerCache(phone: string): Promise<boolean> {
    requirePhone(phone);
    const removed = this.#live(phone) !== undefined;
    this.#entries.delete(phone);
    this.#logger.debug({ removed }, 'Cached customer removed');
    return removed;
  }

  close(): void {}

  #live(phone: string): Entry | undefined {
    const entry = this.#entries.get(phone);
    if (entry === undefined || entry.expiresAt > Date.now()) return entry;
    this.#entries.delete(phone);
    return undefined;
  }
}
