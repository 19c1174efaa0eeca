import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { Count, Milliseconds } from '../../core/fields.js';
import type { Metrics } from '../../core/metrics.js';
import type { StoreHealth } from '../../sessions/session-store.js';
import { operation, serve } from './operation.js';

const tag = 'Health';

/** What tells of the gateway that answers. */
export const HEALTH = {
  alive: operation({
    method: 'get',
    path: '/health',
    id: 'isAlive',
    tag,
    summary: 'The process is alive',
    answer: z.object({
      status: z.literal('ok'),
      uptime_seconds: Count,
      live_calls: Count.describe('of this gateway'),
    }),
    example: {},
  }),
  redis: operation({
    method: 'get',
    path: '/health/redis',
    id: 'isRedisUp',
    tag,
    summary: 'Whether Redis answers, or that there is none',
    answer: z.object({
      status: z.literal('ok'),
      redis: z.enum(['up', 'not configured']),
      latency_ms: Milliseconds.optional(),
      store: z.literal('memory').optional().describe('without Redis'),
    }),
    errors: { 503: 'Redis does not answer.' },
    errorAnswer: z.object({ status: z.literal('unavailable'), redis: z.literal('down'), error: z.string() }),
    example: {},
  }),
  ready: operation({
    method: 'get',
    path: '/health/ready',
    id: 'isReady',
    tag,
    summary: 'Whether it takes calls; what a balancer asks',
    details: 'Without Redis or the database calls are still answered: the gateway is degraded, but ready.',
    answer: z.object({
      status: z.enum(['ok', 'degraded']),
      missing: z.array(z.enum(['redis', 'database'])).optional(),
    }),
    errors: { 503: 'It is starting or draining.' },
    errorAnswer: z.object({ status: z.enum(['starting', 'draining']) }),
    example: {},
  }),
  metrics: operation({
    method: 'get',
    path: '/metrics',
    id: 'getMetrics',
    tag,
    summary: "Metrics in Prometheus' text format",
    answerType: 'text/plain',
    example: {},
  }),
};

interface HealthSources {
  readonly store: { checkHealth(): Promise<StoreHealth> };
  /** Settles within 1 s, never rejects: whether the database answers. */
  readonly isDatabaseUp: () => Promise<boolean>;
  readonly phase: () => 'starting' | 'serving' | 'draining';
  readonly liveCalls: () => number;
  readonly metrics: Metrics;
  /** Of what tells of Redis, and of the metrics. */
  readonly guard: RequestHandler;
}

/** Liveness, Redis, readiness, and metrics, which hold no numbers, names or SIDs. A shared dependency that is down degrades a gateway but never takes it out of the balancer. */
export function healthRoutes({
  store,
  isDatabaseUp,
  phase,
  liveCalls,
  metrics,
  guard,
}: HealthSources): Router {
  const router = Router();
  serve(router, HEALTH.alive, () => {
    const uptime_seconds = Math.round(process.uptime());
    return { status: 'ok' as const, uptime_seconds, live_calls: liveCalls() };
  });
  router.get(HEALTH.redis.path, guard, async (_request, response) => {
    const health = await store.checkHealth();
    if (health.status === 'down') {
      response.status(503).json({ status: 'unavailable', redis: 'down', error: health.error });
    } else if (health.status === 'up') {
      response.json({ status: 'ok', redis: 'up', latency_ms: health.latencyMs });
    } else response.json({ status: 'ok', redis: 'not configured', store: 'memory' });
  });
  router.get(HEALTH.ready.path, async (_request, response) => {
    if (phase() !== 'serving') return response.status(503).json({ status: phase() });
    const [redis, databaseUp] = await Promise.all([store.checkHealth(), isDatabaseUp()]);
    const missing = [...(redis.status === 'down' ? ['redis'] : []), ...(databaseUp ? [] : ['database'])];
    return response.json(missing.length > 0 ? { status: 'degraded', missing } : { status: 'ok' });
  });
  router.get(HEALTH.metrics.path, guard, async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.text());
  });
  return router;
}
