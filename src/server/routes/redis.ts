import { Router } from 'express';
import { z } from 'zod';
import { Count, Milliseconds } from '../../core/fields.js';
import type { StoreMetrics } from '../../core/store-metrics.js';
import type { StoreHealth } from '../../sessions/session-store.js';
import { operation, serve } from './operation.js';

const bytes = z.number().min(0).nullable();

export const REDIS = {
  get: operation({
    method: 'get',
    path: '/api/redis',
    id: 'getRedis',
    tag: 'Health',
    summary: 'How the gateway that answers gets on with Redis and its caches, since it started',
    answer: z
      .object({
        redis: z.enum(['up', 'down', 'not configured']),
        latency_ms: Milliseconds.nullable().describe('of a PING; null: it was not answered'),
        error: z.string().nullable().describe('why Redis does not answer'),
        memory_bytes: bytes.describe('what Redis uses; null: it does not tell'),
        memory_limit_bytes: bytes.describe('its maxmemory; 0: there is no limit, null: it does not tell'),
        caches: z
          .array(z.object({ cache: z.string(), hits: Count, misses: Count }))
          .describe('those that were asked; requests for customers are counted in steps of 100'),
        slow_operations: z
          .array(z.object({ operation: z.string(), count: Count }))
          .describe(
            'operations on Redis and the database that took longer than SLOW_OPERATION_MS, the most frequent first',
          ),
      })
      .meta({ id: 'RedisFigures', description: 'Redis and the caches of one gateway.' }),
    example: {},
  }),
};

interface RedisSources {
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
