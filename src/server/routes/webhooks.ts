import { type RequestHandler, type Response, Router } from 'express';
import { logSampler, REFUSALS } from '../../core/log-sampler.js';
import type { Logger } from '../../core/logger.js';
import type { Metrics } from '../../core/metrics.js';
import { normalizePhone } from '../../customers/phone-number.js';
import type { PhoneLine } from '../../line/phone-line.js';
import {
  CALL_STATUS_PATH,
  NEXT_PATH,
  parseHop,
  STREAM_STATUS_PATH,
  VOICE_PATH,
  WEBHOOK_PATHS,
} from '../../twilio/paths.js';
import type { Form, SignatureChecker } from '../../twilio/signature.js';
import {
  parseCallStatusForm,
  parseStreamStatusForm,
  parseVoiceForm,
  type VoiceForm,
} from '../../twilio/webhooks.js';

/** In a log line, in characters: a query may be anything. */
const LONGEST_ADDRESS = 500;

interface WebhookParts {
  readonly line: Pick<PhoneLine, 'incoming' | 'streamEnded' | 'statusChanged'>;
  /** What each request passes first. */
  readonly guards: readonly RequestHandler[];
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * What Twilio asks and tells us. Status callbacks come twice and out of order: only a final status has an effect, and only once. Any method but POST
 * is answered with 405, and nothing else happens.
 */
export function webhookRoutes({ line, guards, logger, metrics }: WebhookParts): Router {
  const router = Router();
  // First: the routes below would answer `OPTIONS` with 200.
  router.all(WEBHOOK_PATHS, onlyPost(logger));
  router.post(VOICE_PATH, ...guards, async (request, response) => {
    sendTwiml(response, await line.incoming(readForm(request.body ?? {})));
  });
  router.post(NEXT_PATH, ...guards, async (request, response) => {
    const hop = parseHop(request.query.hop);
    sendTwiml(response, await line.streamEnded(readForm(request.body ?? {}), hop));
  });
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

function onlyPost(logger: Logger): RequestHandler {
  const admit = logSampler(REFUSALS);
  return ({ method, path }, response, next) => {
    if (method === 'POST') return next();
    const suppressed = admit('method');
    if (suppressed !== null)
      logger.warn({ method, path, suppressed }, 'A webhook takes POST only: choose it in the Twilio console');
    response.status(405).set('Allow', 'POST').type('text/plain').send('This address takes POST only.\n');
  };
}

/** Answers 403 to a webhook that Twilio has not signed. */
export function requireSignature(
  checker: SignatureChecker,
  origin: () => string,
  logger: Logger,
  metrics: Metrics,
): RequestHandler {
  const admit = logSampler(REFUSALS);
  return (request, response, next) => {
    const form: Form = request.body ?? {};
    if (checker.isValidForm(request.originalUrl, form, request.get('x-twilio-signature'))) {
      return next();
    }
    metrics.webhookRejects.inc({ reason: 'signature' });
    const suppressed = admit('signature');
    if (suppressed !== null) {
      const expected = `${origin()}${request.originalUrl}`.slice(0, LONGEST_ADDRESS);
      logger.warn(
        { expected, suppressed },
        'A webhook with a wrong signature was refused: is PUBLIC_URL the address in the Twilio console?',
      );
    }
    response.status(403).type('text/plain').send('The signature is missing or wrong.\n');
  };
}

// A number has one spelling from here on.
function readForm(body: Form): VoiceForm {
  const form = parseVoiceForm(body);
  return { ...form, from: normalizePhone(form.from) ?? form.from };
}

function sendTwiml(response: Response, twiml: string): void {
  response.type('text/xml').send(twiml);
}
