import { type RequestHandler, type Response, Router } from 'express';
import { normalizePhone } from '../../customers/phone-number.js';
import type { PhoneLine } from '../../line/phone-line.js';
import { NEXT_PATH, parseHop, VOICE_PATH } from '../../twilio/paths.js';
import type { Form } from '../../twilio/signature.js';
import { parseVoiceForm, type VoiceForm } from '../../twilio/webhooks.js';

/** The webhooks that answer with TwiML. */
export function voiceRoutes(
  line: Pick<PhoneLine, 'incoming' | 'streamEnded'>,
  guards: RequestHandler[],
): Router {
  const router = Router();
  router.post(VOICE_PATH, ...guards, async (request, response) => {
    sendTwiml(response, await line.incoming(readForm(request.body ?? {})));
  });
  router.post(NEXT_PATH, ...guards, async (request, response) => {
    const hop = parseHop(request.query.hop);
    sendTwiml(response, await line.streamEnded(readForm(request.body ?? {}), hop));
  });
  return router;
}

// A number has one spelling from here on.
function readForm(body: Form): VoiceForm {
  const form = parseVoiceForm(body);
  return { ...form, from: normalizePhone(form.from) ?? form.from };
}

function sendTwiml(response: Response, twiml: string): void {
  response.type('text/xml').send(twiml);
}
