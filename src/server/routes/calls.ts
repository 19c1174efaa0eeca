import { Router } from 'express';
import type { CallQuery, FinishedCall } from '../../call-log/finished-call.js';
import { GatewayError } from '../../core/errors.js';
import { shopInstants } from '../../database/shop-time.js';
import { CALLS } from './call-operations.js';
import { serve } from './operation.js';

export interface FinishedCalls {
  get(callSid: string): Promise<FinishedCall | null>;
  list(query: CallQuery): Promise<readonly FinishedCall[]>;
}

/** The finished calls. */
export function callRoutes(calls: FinishedCalls, timezone: () => string): Router {
  const router = Router();
  serve(router, CALLS.list, async ({ query: { from, to, outcome: outcomes, ...page } }) => {
    const period = shopInstants({ from, to }, timezone());
    return { calls: await calls.list({ ...page, ...period, outcomes }) };
  });
  serve(router, CALLS.get, async ({ path }) => {
    const call = await calls.get(path.call_sid);
    if (!call) throw new GatewayError('NOT_FOUND', 'No finished call has this call_sid.');
    return call;
  });
  return router;
}
