import { Router } from 'express';
import { z } from 'zod';
import { CALLBACK_STATUSES, CallbackAnswer, type Callbacks } from '../../call-log/callbacks.js';
import { GatewayError } from '../../core/errors.js';
import { Page, words } from './api-input.js';
import { operation, serve } from './operation.js';

const tag = 'Call-backs';

const status = z.enum(CALLBACK_STATUSES, { error: `must be one of ${CALLBACK_STATUSES.join(', ')}` });

/** `before`: the id of the last one seen. */
const CallbackFilter = z.object({
  status: status.describe('`open` or `done`; absent: both').optional(),
  ...Page,
});

const CallbackChangeBody = z
  .strictObject({
    status: status.describe('`done`: nobody has to ring any more; `open`: somebody has to, after all'),
    note: words(1000).nullable().describe('what staff note of it, at most 1000 characters; null: nothing'),
  })
  .partial();

export const CALLBACKS = {
  list: operation({
    method: 'get',
    path: '/api/callbacks',
    id: 'listCallBacks',
    tag,
    summary: 'Whom the shop is to ring: urgent first, then the oldest first',
    details:
      'Those that are done come the latest first. There is one for a call at most. It is closed by staff, or by a later call of the number that ended well.',
    query: CallbackFilter,
    answer: z.object({ callbacks: z.array(CallbackAnswer) }),
    example: { query: { status: 'open' } },
  }),
  change: operation({
    method: 'patch',
    path: '/api/callbacks/{id}',
    id: 'changeCallBack',
    tag,
    summary: 'Closes it, opens it again, or notes something',
    body: CallbackChangeBody,
    answer: CallbackAnswer,
    example: { path: { id: 1 }, body: { status: 'done', note: 'Rang back: comes on Monday.' } },
  }),
};

/** Who was not served, until somebody has rung back. */
export function callbackRoutes(list: Pick<Callbacks, 'list' | 'change'>): Router {
  const router = Router();
  serve(router, CALLBACKS.list, async ({ query }) => ({ callbacks: await list.list(query) }));
  serve(router, CALLBACKS.change, async ({ path, body }) => {
    const changed = await list.change(path.id, body);
    if (!changed) throw new GatewayError('NOT_FOUND', 'There is no call-back with this id.');
    return changed;
  });
  return router;
}
