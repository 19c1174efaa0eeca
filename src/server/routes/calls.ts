import { Router } from 'express';
import type { CallQuery, FinishedCall } from '../../call-log/finished-call.js';
import { GatewayError } from '../../core/errors.js';
import { shopInstants } from '../../database/shop-time.js';
import { CALL_SID } from '../../twilio/messages.js';
import { CallFilter, parse } from './api-input.js';

export interface FinishedCalls {
  get(callSid: string): Promise<FinishedCall | null>;
  list(query: CallQuery): Promise<readonly FinishedCall[]>;
}

/** The finished calls. */
export function callRoutes(calls: FinishedCalls, timezone: () => string): Router {
  const router = Router();
  router.get('/api/calls', async (request, response) => {
    const { from, to, ...page } = parse(CallFilter, request.query);
    const period = shopInstants({ from, to }, timezone());
    response.json({ calls: await calls.list({ ...page, ...period }) });
  });
  router.get('/api/calls/:callSid', async (request, response) => {
    const { callSid } = request.params;
    const call = CALL_SID.test(callSid) ? await calls.get(callSid) : null;
    if (!call) throw new GatewayError('NOT_FOUND', 'No finished call has this call_sid.');
    response.json(call);
  });
  return router;
}
