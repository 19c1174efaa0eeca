import { type Response, Router } from 'express';
import type { CallRegistry } from '../../calls/call-registry.js';
import type { CallEvent } from '../../calls/call-watchers.js';

const HEARTBEAT_MS = 15_000;
/** A watcher that is so far behind, beyond what it was sent at first, does not read any more. */
const MAX_UNREAD_BYTES = 1024 * 1024;

type LiveCalls = Pick<CallRegistry, 'liveSessions' | 'watch'>;

/** The calls on this gateway now, as a list or, with `Accept: text/event-stream`, as they change. */
export function liveRoutes(registry: LiveCalls): Router {
  const router = Router();
  router.get('/api/live', (request, response) => {
    if (request.accepts(['json', 'text/event-stream']) === 'text/event-stream') stream(registry, response);
    else response.json({ live: registry.liveSessions });
  });
  return router;
}

// Events `session` (the session as it now is) and `ended` (its call_sid); first one `session` for each live call.
function stream(registry: LiveCalls, response: Response): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    Connection: 'keep-alive',
    'X-Accel-Buffering': 'no',
  });
  response.write('retry: 1000\n\n');
  for (const session of registry.liveSessions) send(response, { type: 'session', session });
  const mostUnread = response.writableLength + MAX_UNREAD_BYTES;
  const stop = registry.watch((event) => {
    send(response, event);
    if (response.writableLength > mostUnread) response.destroy();
  });
  const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT_MS);
  response.on('close', () => {
    clearInterval(heartbeat);
    stop();
  });
}

function send(response: Response, event: CallEvent): void {
  const data = event.type === 'session' ? event.session : { call_sid: event.callSid };
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`);
}
