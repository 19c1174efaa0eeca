import { type RequestHandler, Router } from 'express';
import type { StoreHealth } from '../../sessions/session-store.js';
import { HEALTH } from './health-operations.js';
import { serve } from './operation.js';

export interface HealthSources {
  readonly store: { checkHealth(): Promise<StoreHealth> };
  /** Settles within 1 s, never rejects: whether the database answers. */
  readonly isDatabaseUp: () => Promise<boolean>;
  readonly phase: () => 'starting' | 'serving' | 'draining';
  readonly liveCalls: () => number;
  /** Of what tells of Redis. */
  readonly guard: RequestHandler;
}

/** Liveness, Redis and readiness. A shared dependency that is down degrades a gateway but never takes it out of the balancer. */
export function healthRoutes({ store, isDatabaseUp, phase, liveCalls, guard }: HealthSources): Router {
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
  return router;
}
