import { Router } from 'express';
import type { StoreMetrics } from '../../core/store-metrics.js';
import type { StoreHealth } from '../../sessions/session-store.js';
import { serve } from './operation.js';
import { REDIS } from './redis-operations.js';

export interface RedisSources {
  readonly store: { checkHealth(): Promise<StoreHealth> };
  readonly metrics: Pick<StoreMetrics, 'figures'>;
}

/** Redis and the caches of this gateway, for the front desk: `/metrics` is for the inside. */
export function redisRoutes({ store, metrics }: RedisSources): Router {
  const router = Router();
  serve(router, REDIS.get, async () => {
    const [health, figures] = await Promise.all([store.checkHealth(), metrics.figures()]);
    return { ...stateOf(health), ...figures };
  });
  return router;
}

function stateOf(health: StoreHealth) {
  if (health.status === 'up') return { redis: 'up' as const, latency_ms: health.latencyMs, error: null };
  if (health.status === 'down') return { redis: 'down' as const, latency_ms: null, error: health.error };
  return { redis: 'not configured' as const, latency_ms: null, error: null };
}
