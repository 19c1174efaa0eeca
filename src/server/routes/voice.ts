import { type RequestHandler, type Response, Router } from 'express';
import type { IncomingCall } from '../../calls/incoming-call.js';
import type { WhatNext } from '../../calls/what-next.js';
import { NEXT_PATH, parseHop } from '../../twilio/next-address.js';
import { parseVoiceForm } from '../../twilio/webhooks.js';

/** The webhooks that answer with TwiML. */
export function voiceRoutes(incoming: IncomingCall, whatNext: WhatNext, guards: RequestHandler[]): Router {
  const router = Router();
  router.post('/twilio/voice', ...guards, async (request, response) => {
    sendTwiml(response, await incoming.answer(parseVoiceForm(request.body ?? {})));
  });
  router.post(NEXT_PATH, ...guards, async (request, response) => {
    const hop = parseHop(request.query.hop);
    sendTwiml(response, await whatNext.answer(parseVoiceForm(request.body ?? {}), hop));
  });
  return router;
}

function sendTwiml(response: Response, twiml: string): void {
  response.type('text/xml').send(twiml);
}
