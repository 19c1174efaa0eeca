import { type Response, Router } from 'express';
import type { CallEvent, Fleet } from '../../line/fleet.js';
import { LIVE } from './live-operations.js';

const HEARTBEAT_MS = 15_000;
/** A watcher that is so far behind, beside what all are told at first, does not read any more. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** More screens than a shop has; each is told of every change. */
const MAX_WATCHERS = 32;

type Calls = Pick<Fleet, 'liveCalls' | 'watch'>;

/**
 * The calls on all gateways now as a list or, with `Accept: text/event-stream`, as they change: for 32 watchers
 * at once, others get 503.
 */
export function liveRoutes(fleet: Calls): Router {
  const router = Router();
  const stream = eventStreams(fleet);
  // Before `get`, which would answer it as well: a stream of events that nobody reads never ends.
  router.head(LIVE.list.path, (_request, response) => {
    response.status(405).set('Allow', 'GET').end();
  });
  router.get(LIVE.list.path, async (request, response) => {
    if (request.accepts(['json', 'text/event-stream']) === 'text/event-stream') return stream(response);
    const { sessions, isPartial } = await fleet.liveCalls();
    return response.json({ live: sessions, ...(isPartial ? { partial: true } : {}) });
  });
  return router;
}

// Events `session` (the session as it now is) and `ended` (its call_sid); first one `session` for each live call.
function eventStreams(fleet: Calls): (response: Response) => void {
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
    const stop = fleet.watch((event, isFirst) => {
      const text = texts.of(event);
      if (isFirst) mostUnread += text.length;
      if (!response.destroyed) response.write(text);
      if (response.writableLength > mostUnread) response.destroy();
    });
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
