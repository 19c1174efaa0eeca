import { type RequestHandler, Router } from 'express';
import type { Metrics } from '../../core/metrics.js';
import { HEALTH } from './health-operations.js';

/** Prometheus' text format. Holds no numbers, names or SIDs. */
export function metricsRoutes(metrics: Metrics, guard: RequestHandler): Router {
  const router = Router();
  router.get(HEALTH.metrics.path, guard, async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.text());
  });
  return router;
}
