import { Counter, Gauge, type Registry } from 'prom-client';
import { VERSION } from './version.js';

/**
 * So many requests for customers are counted together: by a single one, who calls from a number and reads the figures could tell whether
 * it is a customer's.
 */
export const COUNTED_TOGETHER = 100;

export type CacheResult = 'hit' | 'miss';

interface StoreFigures {
  /** Null: Redis is not there, or may not be asked. */
  readonly memory_bytes: number | null;
  /** 0: there is no limit. */
  readonly memory_limit_bytes: number | null;
  /** Those that were asked. */
  readonly caches: { cache: string; hits: number; misses: number }[];
  /** The most frequent first. */
  readonly slow_operations: { operation: string; count: number }[];
}

/** The figures of caches, Redis and the database; {@link Metrics} has the others. */
export class StoreMetrics {
  readonly cacheRequests: Counter<'cache' | 'result'>;
  readonly redisMemory: Gauge;
  readonly redisMemoryLimit: Gauge;
  readonly slowOperations: Counter<'operation'>;
  readonly #customers = { hit: 0, miss: 0 };

  constructor(registry: Registry) {
    const registers = [registry];
    this.cacheRequests = new Counter({
      name: 'bayline_cache_requests_total',
      help: `Requests of a cache (availability, customers, shop) by result: hit, miss. Those for customers come in steps of ${COUNTED_TOGETHER}`,
      labelNames: ['cache', 'result'],
      registers,
    });
    this.redisMemory = new Gauge({
      name: 'bayline_redis_memory_bytes',
      help: 'Memory that Redis uses; in a Cluster that of the node that is fullest',
      registers,
    });
    this.redisMemoryLimit = new Gauge({
      name: 'bayline_redis_memory_limit_bytes',
      help: 'maxmemory of that Redis; 0: it has no limit',
      registers,
    });
    this.slowOperations = new Counter({
      name: 'bayline_slow_operations_total',
      help: 'Operations on Redis and statements in the database that took longer than SLOW_OPERATION_MS',
      labelNames: ['operation'],
      registers,
    });
    new Gauge({
      name: 'bayline_build_info',
      help: 'Always 1; which version this is',
      labelNames: ['version', 'node'],
      registers,
    }).set({ version: VERSION, node: process.version }, 1);
    this.redisMemoryUnknown();
  }

  /** What these figures are now, for the API. */
  async figures(): Promise<StoreFigures> {
    const [requests, memory, limit, slow] = await Promise.all([
      this.cacheRequests.get(),
      this.redisMemory.get(),
      this.redisMemoryLimit.get(),
      this.slowOperations.get(),
    ]);
    const caches = new Map<string, { hits: number; misses: number }>();
    for (const { labels, value } of requests.values) {
      const counts = caches.get(String(labels.cache)) ?? { hits: 0, misses: 0 };
      caches.set(String(labels.cache), counts);
      counts[labels.result === 'hit' ? 'hits' : 'misses'] += value;
    }
    return {
      memory_bytes: memory.values[0]?.value ?? null,
      memory_limit_bytes: limit.values[0]?.value ?? null,
      caches: [...caches].map(([cache, counts]) => ({ cache, ...counts })),
      slow_operations: slow.values
        .map(({ labels, value }) => ({ operation: String(labels.operation), count: value }))
        .sort((one, other) => other.count - one.count),
    };
  }

  /** Nothing is told of a Redis that is not there, or may not be asked. */
  redisMemoryUnknown(): void {
    this.redisMemory.remove();
    this.redisMemoryLimit.remove();
  }

  /** A customer was looked for; a hit is any answer without the database, also that there is none. */
  customerAsked(result: CacheResult): void {
    const waiting = this.#customers;
    waiting[result] += 1;
    if (waiting.hit + waiting.miss < COUNTED_TOGETHER) return;
    this.cacheRequests.inc({ cache: 'customers', result: 'hit' }, waiting.hit);
    this.cacheRequests.inc({ cache: 'customers', result: 'miss' }, waiting.miss);
    waiting.hit = 0;
    waiting.miss = 0;
  }
}
