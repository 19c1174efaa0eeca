import { Router } from 'express';
import type { Callback, CallbackChange, CallbackQuery } from '../../call-log/callbacks.js';
import { GatewayError } from '../../core/errors.js';
import { CALLBACKS } from './callback-operations.js';
import { serve } from './operation.js';

/** The list of those whom the shop is to ring. */
export interface CallbackList {
  list(query: CallbackQuery): Promise<readonly Callback[]>;
  change(id: number, change: CallbackChange): Promise<Callback | null>;
}

/** Who was not served, until somebody has rung back. */
export function callbackRoutes(list: CallbackList): Router {
  const router = Router();
  serve(router, CALLBACKS.list, async ({ query }) => ({ callbacks: await list.list(query) }));
  serve(router, CALLBACKS.change, async ({ path, body }) => {
    const changed = await list.change(path.id, body);
    if (!changed) throw new GatewayError('NOT_FOUND', 'There is no call-back with this id.');
    return changed;
  });
  return router;
}
