import { RedisUnrecordedCalls } from './call-log/redis-unrecorded-calls.js';
import type { Config } from './config.js';
import type { Logger } from './core/logger.js';
import type { Metrics } from './core/metrics.js';
import type { CustomerCache } from './customers/customer-cache.js';
import { MemoryCustomerCache } from './customers/memory-customer-cache.js';
import { CUSTOMER_OPERATIONS, RedisCustomerCache } from './customers/redis-customer-cache.js';
import { RedisClient } from './redis/redis-client.js';
import type { LiveSessionStore } from './sessions/fenced-session-writer.js';
import { MemorySessionStore } from './sessions/memory-session-store.js';
import { RedisSessionStore } from './sessions/redis-session-store.js';
import { MemoryStreamLedger } from './stream-ledger/memory-stream-ledger.js';
import { RedisStreamLedger } from './stream-ledger/redis-stream-ledger.js';
import type { StreamLedger } from './stream-ledger/stream-ledger.js';

interface StoreGround {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Sessions, cached customers and what gateways agree on: over Redis if there is one, else in process. */
export function createStores({ config, logger, metrics }: StoreGround) {
  const { url, commandTimeoutMs } = config.redis;
  const { sessionSeconds, customerSeconds } = config.ttl;
  if (url === undefined) {
    const store: LiveSessionStore = new MemorySessionStore({ logger, ttlSeconds: sessionSeconds });
    const customerCache: CustomerCache = new MemoryCustomerCache({ logger, ttlSeconds: customerSeconds });
    const ledger: StreamLedger = new MemoryStreamLedger();
    return { store, customerCache, ledger };
  }
  // What is read and written of a number's customer is in no figure: it would tell whether there is one.
  const isCounted = (operation: string) => !CUSTOMER_OPERATIONS.includes(operation);
  const onFault = (operation: string) => {
    if (isCounted(operation)) metrics.redisErrors.inc({ operation });
  };
  const onAvailable = (isUp: boolean) => metrics.redisBreakerOpen.set(isUp ? 0 : 1);
  const onAnswered = (operation: string, ms: number) => {
    if (isCounted(operation)) metrics.redisAnswered(operation, ms);
  };
  const client = new RedisClient({ url, logger, commandTimeoutMs, onFault, onAvailable, onAnswered });
  const store: LiveSessionStore = new RedisSessionStore({ client, logger, ttlSeconds: sessionSeconds });
  const customerCache: CustomerCache = new RedisCustomerCache({
    client,
    logger,
    ttlSeconds: customerSeconds,
  });
  const ledger: StreamLedger = new RedisStreamLedger({ client });
  const kept = new RedisUnrecordedCalls(client);
  const onStoreReady = (listener: () => void) => client.onReady(listener);
  return { store, customerCache, ledger, kept, onStoreReady };
}
