import { type Request, Router } from 'express';
import { GatewayError } from '../../core/errors.js';
import type { PhoneLine } from '../../line/phone-line.js';
import { MEDIA_PATH } from '../../twilio/paths.js';
import { streamOrigin } from '../../twilio/signature.js';
import { readTwiml, type TwimlStep } from '../../twilio/twiml.js';
import { serve } from './operation.js';
import { PHONE } from './phone-operations.js';

type Line = Pick<PhoneLine, 'browserCalls' | 'invitations'>;

/** Calls from the gateway's own page. */
export function phoneRoutes(line: Line, origin: () => string): Router {
  const router = Router();
  // The page is open at one of several names; its own socket goes where it came from.
  const streamOf = ({ url, parameters }: TwimlStep & { action: 'stream' }, { headers }: Request) => {
    const token = url.slice(url.lastIndexOf(MEDIA_PATH) + MEDIA_PATH.length);
    return {
      stream_url: `${streamOrigin(headers.origin ?? origin())}${MEDIA_PATH}${token}`,
      parameters,
      expires_at: new Date(line.invitations.read(token)?.expiresAt ?? 0).toISOString(),
    };
  };
  serve(router, PHONE.begin, async ({ body: { from, attestation } }, request) => {
    const verdict = attestation && `TN-Validation-Passed-${attestation}`;
    const begun = await line.browserCalls.begin({ from, attestation: verdict });
    if (begun.status === 'full')
      throw new GatewayError('TOO_MANY', 'Two calls from browsers go on already. End one and try again.');
    const step = begun.status === 'begun' ? readTwiml(begun.twiml) : null;
    if (begun.status !== 'begun' || step?.action !== 'stream')
      throw new GatewayError('UNAVAILABLE', 'This gateway takes no new calls.');
    return { call_sid: begun.callSid, ...streamOf(step, request) };
  });
  serve(router, PHONE.next, async ({ path, body }, request) => {
    const twiml = await line.browserCalls.next(path.call_sid, body.hop);
    if (twiml === null) throw new GatewayError('NOT_FOUND', 'No call from a browser has this call_sid.');
    const step = readTwiml(twiml);
    return step.action === 'stream' ? { action: step.action, ...streamOf(step, request) } : step;
  });
  return router;
}
