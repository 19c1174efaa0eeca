import { Router } from 'express';
import type { z } from 'zod';
import type { CallQuery, FinishedCall } from '../../call-log/finished-call.js';
import { GatewayError } from '../../core/errors.js';
import { shopInstants } from '../../database/shop-time.js';
import { sendCsv, wantsCsv } from '../csv-answer.js';
import { CallFilter, parse } from './api-input.js';
import { CALLS } from './call-operations.js';
import { callsCsv } from './csv-lists.js';
import { serve } from './operation.js';

/** Calls that are read at a time for a list as CSV: each comes with all that was said. */
const CSV_PAGE = 50;

export interface FinishedCalls {
  get(callSid: string): Promise<FinishedCall | null>;
  list(query: CallQuery): Promise<readonly FinishedCall[]>;
}

/** The finished calls. */
export function callRoutes(calls: FinishedCalls, timezone: () => string): Router {
  const router = Router();
  router.get(CALLS.list.path, (request, response, next) => {
    if (!wantsCsv(request, response)) return next();
    const query = callQuery(parse(CallFilter, request.query), timezone());
    const page = (last: FinishedCall | null) =>
      calls.list({ ...query, limit: CSV_PAGE, before: last?.call_sid ?? query.before });
    return sendCsv(response, callsCsv(page));
  });
  serve(router, CALLS.list, async ({ query }) => ({ calls: await calls.list(callQuery(query, timezone())) }));
  serve(router, CALLS.get, async ({ path }) => {
    const call = await calls.get(path.call_sid);
    if (!call) throw new GatewayError('NOT_FOUND', 'No finished call has this call_sid.');
    return call;
  });
  return router;
}

function callQuery(
  { from, to, outcome, test, customer_id: customerId, ...page }: z.infer<typeof CallFilter>,
  timezone: string,
): CallQuery {
  const isTest = test === undefined ? undefined : test === '1';
  return { ...page, outcomes: outcome, isTest, customerId, ...shopInstants({ from, to }, timezone) };
}
