import { type RequestHandler, type Response, Router } from 'express';
import type { PhoneLine } from '../../calls/phone-line.js';
import { NEXT_PATH, parseHop } from '../../twilio/next-address.js';
import { parseVoiceForm } from '../../twilio/webhooks.js';

/** The webhooks that answer with TwiML. */
export function voiceRoutes(line: Pick<PhoneLine, 'incoming' | 'next'>, guards: RequestHandler[]): Router {
  const router = Router();
  router.post('/twilio/voice', ...guards, async (request, response) => {
    sendTwiml(response, await line.incoming.answer(parseVoiceForm(request.body ?? {})));
  });
  router.post(NEXT_PATH, ...guards, async (request, response) => {
    const hop = parseHop(request.query.hop);
    sendTwiml(response, await line.next(parseVoiceForm(request.body ?? {}), hop));
  });
  return router;
}

function sendTwiml(response: Response, twiml: string): void {
  response.type('text/xml').send(twiml);
}
