import { type RequestHandler, Router } from 'express';
import type { Logger } from '../../core/logger.js';
import type { Metrics } from '../../core/metrics.js';
import type { PhoneLine } from '../../line/phone-line.js';
import { CALL_STATUS_PATH, STREAM_STATUS_PATH } from '../../twilio/paths.js';
import { parseCallStatusForm, parseStreamStatusForm } from '../../twilio/webhooks.js';

/** What Twilio tells us of streams and calls. Callbacks come twice and out of order: only a final status has an effect, and only once. */
export function statusCallbacks(
  line: Pick<PhoneLine, 'statusChanged'>,
  guards: RequestHandler[],
  logger: Logger,
  metrics: Metrics,
): Router {
  const router = Router();
  router.post(STREAM_STATUS_PATH, ...guards, (request, response) => {
    const { callSid, event, error } = parseStreamStatusForm(request.body ?? {});
    if (event === 'stream-error') {
      metrics.streamErrors.inc();
      logger.warn({ call_sid: callSid, stream_error: error }, 'Twilio reports a stream error');
    }
    response.sendStatus(204);
  });
  router.post(CALL_STATUS_PATH, ...guards, async (request, response) => {
    await line.statusChanged(parseCallStatusForm(request.body ?? {}));
    response.sendStatus(204);
  });
  return router;
}
