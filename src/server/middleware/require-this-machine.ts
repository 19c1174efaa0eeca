import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { logSampler, REFUSALS } from '../../core/log-sampler.js';
import type { Logger } from '../../core/logger.js';
import { isInsideName } from '../../core/loopback.js';
import type { Metrics } from '../../core/metrics.js';
import { FOREIGN_BECAUSE, type Foreign, foreignTo } from '../this-machine.js';

/**
 * Why a webhook or stream is not of this machine; null: it is. Its programs may call the gateway by a name without a dot, as containers and
 * sidecars do; what shows the shop's data asks for a loopback name.
 */
export function strangerTo(request: IncomingMessage, origin: string): Foreign | null {
  return foreignTo(request, origin, isInsideName);
}

/** What whoever is refused is told, and what would help. */
export function withoutAuthToken(reason: Foreign): string {
  return `Without TWILIO_AUTH_TOKEN this answers to this machine alone, and ${FOREIGN_BECAUSE[reason]}. Set TWILIO_AUTH_TOKEN.`;
}

/** Answers 403 to a webhook of elsewhere: without an auth token nothing else tells Twilio from a stranger. */
export function requireThisMachine(origin: () => string, logger: Logger, metrics: Metrics): RequestHandler {
  const admit = logSampler(REFUSALS);
  return (request, response, next) => {
    const reason = strangerTo(request, origin());
    if (reason === null) return next();
    metrics.webhookRejects.inc({ reason });
    const suppressed = admit(reason);
    const why = withoutAuthToken(reason);
    if (suppressed !== null) {
      const peer = request.socket.remoteAddress;
      logger.warn({ reason, peer, why, suppressed }, 'A webhook from elsewhere was refused');
    }
    response.status(403).type('text/plain').send(`${why}\n`);
  };
}
