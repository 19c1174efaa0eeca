import type { RequestHandler } from 'express';
import { LogSampler, REFUSALS } from '../../core/log-sampler.js';
import type { Logger } from '../../core/logger.js';
import type { Metrics } from '../../core/metrics.js';
import type { Form, SignatureChecker } from '../../twilio/signature.js';

/**
 * Answers 403 to a webhook that Twilio has not signed.
 */
export function requireSignature(
  checker: SignatureChecker,
  origin: () => string,
  logger: Logger,
  metrics: Metrics,
): RequestHandler {
  const sampler = new LogSampler(REFUSALS);
  return (request, response, next) => {
    const form: Form = request.body ?? {};
    if (checker.isValidForm(request.originalUrl, form, request.get('x-twilio-signature'))) {
      return next();
    }
    metrics.webhookRejects.inc({ reason: 'signature' });
    const suppressed = sampler.admit('signature');
    if (suppressed !== null) {
      const expected = `${origin()}${request.path}`;
      logger.warn(
        { expected, suppressed },
        'A webhook with a wrong signature was refused: is PUBLIC_URL the address in the Twilio console?',
      );
    }
    response.status(403).type('text/plain').send('The signature is missing or wrong.\n');
  };
}
