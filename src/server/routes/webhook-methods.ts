import { Router } from 'express';
import { LogSampler, REFUSALS } from '../../core/log-sampler.js';
import type { Logger } from '../../core/logger.js';
import { WEBHOOK_PATHS } from '../../twilio/paths.js';

/** Before the webhooks themselves, whose router would answer `OPTIONS` with 200: any other method than POST is answered with 405, and nothing else happens. */
export function webhookMethods(logger: Logger): Router {
  const router = Router();
  const sampler = new LogSampler(REFUSALS);
  router.all(WEBHOOK_PATHS, ({ method, path }, response, next) => {
    if (method === 'POST') return next();
    const suppressed = sampler.admit('method');
    if (suppressed !== null)
      logger.warn({ method, path, suppressed }, 'A webhook takes POST only: choose it in the Twilio console');
    return response
      .status(405)
      .set('Allow', 'POST')
      .type('text/plain')
      .send('This address takes POST only.\n');
  });
  return router;
}
