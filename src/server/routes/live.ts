import { type Response, Router } from 'express';
import type { CallRegistry } from '../../line/call-registry.js';
import type { CallEvent } from '../../line/call-watchers.js';

const HEARTBEAT_MS = 15_000;
/** A watcher that is so far behind, beside what all are told at first, does not read any more. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** More screens than a shop has; each is told of every change. */
const MAX_WATCHERS = 32;

type Here = Pick<CallRegistry, 'liveSessions' | 'watch'>;

/**
 * The calls on this gateway now as a list or, with `Accept: text/event-stream`, as they change: for 32 watchers
 * at once, others get 503.
 */
export function liveRoutes(registry: Here): Router {
  const router = Router();
  const stream = eventStreams(registry);
  // Before `get`, which would answer it as well: a stream of events that nobody reads never ends.
  router.head('/api/live', (_request, response) => {
    response.status(405).set('Allow', 'GET').end();
  });
  router.get('/api/live', (request, response) => {
    if (request.accepts(['json', 'text/event-stream']) === 'text/event-stream') return stream(response);
    return response.json({ live: registry.liveSessions });
  });
  return router;
}

// Events `session` (the session as it now is) and `ended` (its call_sid); first one `session` for each live call.
function eventStreams(registry: Here): (response: Response) => void {
  const texts = new EventTexts();
  let watchers = 0;
  return (response) => {
    if (watchers >= MAX_WATCHERS) return refuse(response);
    watchers += 1;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      Connection: 'keep-alive',
      'X-Accel-Buffering': 'no',
    });
    response.write('retry: 1000\n\n');
    let mostUnread = MAX_UNREAD_BYTES;
    const tell = (event: CallEvent, isFirst = false) => {
      const text = texts.of(event);
      if (isFirst) mostUnread += text.length;
      if (!response.destroyed) response.write(text);
      if (response.writableLength > mostUnread) response.destroy();
    };
    for (const session of registry.liveSessions) tell({ type: 'session', session }, true);
    const stop = registry.watch(tell);
    const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT_MS);
    response.once('close', () => {
      watchers -= 1;
      clearInterval(heartbeat);
      stop();
    });
  };
}

function refuse(response: Response): void {
  const error = `${MAX_WATCHERS} pages watch the calls already. Close one of them and try again.`;
  response.status(503).set('Retry-After', '10').json({ error });
}

/** What is written of an event, made once for all who are told of it; a session is never changed, but replaced. */
class EventTexts {
  readonly #made = new WeakMap<object, Buffer>();

  of(event: CallEvent): Buffer {
    const told = event.type === 'session' ? event.session : event;
    const made = this.#made.get(told);
    if (made) return made;
    const data = event.type === 'session' ? event.session : { call_sid: event.callSid };
    const text = Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`);
    this.#made.set(told, text);
    return text;
  }
}
