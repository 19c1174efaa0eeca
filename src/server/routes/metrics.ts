import { type RequestHandler, Router } from 'express';
import type { Metrics } from '../../core/metrics.js';
import type { Siblings } from '../../line/siblings.js';

/** Prometheus' text format, of all processes of this gateway together. Holds no numbers, names or SIDs. */
export function metricsRoutes(
  metrics: Metrics,
  siblings: Pick<Siblings, 'metricsText'>,
  guard: RequestHandler,
): Router {
  const router = Router();
  router.get('/metrics', guard, async (_request, response) => {
    const text = (await siblings.metricsText()) ?? (await metrics.text());
    response.type(metrics.registry.contentType).send(text);
  });
  return router;
}
