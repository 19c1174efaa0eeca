import { Router } from 'express';
import { GatewayError } from '../../core/errors.js';
import type { ErasureDesk } from '../../desk/erasure-desk.js';
import { CALLS } from './call-operations.js';
import { CUSTOMERS } from './customer-operations.js';
import { serve } from './operation.js';

/** Persons and calls are forgotten: for good, and everywhere. */
export function erasureRoutes(erasures: Pick<ErasureDesk, 'customer' | 'call'>): Router {
  const router = Router();
  serve(router, CUSTOMERS.erase, ({ path }) => erasures.customer(path.id));
  serve(router, CALLS.erase, async ({ path }) => {
    if (await erasures.call(path.call_sid)) return;
    throw new GatewayError('NOT_FOUND', 'No finished call has this call_sid.');
  });
  return router;
}
