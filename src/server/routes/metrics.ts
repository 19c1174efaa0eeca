import { Router } from 'express';
import type { Metrics } from '../../metrics.js';

/** Prometheus' text format. Holds no numbers, names or SIDs. */
export function metricsRoutes(metrics: Metrics): Router {
  const router = Router();
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.text());
  });
  return router;
}
