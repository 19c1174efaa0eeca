import { type Response, Router } from 'express';
import type { CallRegistry } from '../../line/call-registry.js';
import type { CallEvent } from '../../line/call-watchers.js';
import type { Siblings } from '../../line/siblings.js';

const HEARTBEAT_MS = 15_000;
/** A watcher that is so far behind, beside what all are told at first, does not read any more. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** More screens than a shop has; each is told of every change. */
const MAX_WATCHERS = 32;

type Here = Pick<CallRegistry, 'liveSessions' | 'watch'>;
type Elsewhere = Pick<Siblings, 'liveElsewhere' | 'watchElsewhere'>;

/**
 * The calls on this gateway now, in all its processes, as a list or, with `Accept: text/event-stream`, as they change: for 32 watchers
 * of a process at once, others get 503.
 */
export function liveRoutes(registry: Here, siblings: Elsewhere): Router {
  const router = Router();
  const stream = eventStreams(registry, siblings);
  // Before `get`, which would answer it as well: a stream of events that nobody reads never ends.
  router.head('/api/live', (_request, response) => {
    response.status(405).set('Allow', 'GET').end();
  });
  router.get('/api/live', async (request, response) => {
    if (request.accepts(['json', 'text/event-stream']) === 'text/event-stream') return stream(response);
    const elsewhere = await siblings.liveElsewhere();
    return response.json({ live: [...registry.liveSessions, ...elsewhere] });
  });
  return router;
}

// Events `session` (the session as it now is) and `ended` (its call_sid); first one `session` for each live call.
function eventStreams(registry: Here, siblings: Elsewhere): (response: Response) => void {
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
    const stop = follow(registry, siblings, (event, isFirst) => {
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

type Tell = (event: CallEvent, isFirst: boolean) => void;

/**
 * Here and in the other processes; `isFirst`: it tells of what was there before. What is heard of a call while the others are asked is
 * newer than what they answer.
 */
function follow(registry: Here, siblings: Elsewhere, tell: Tell): () => void {
  const heardOf = new Set<string>();
  let isAsking = true;
  const hear = (event: CallEvent, isFirst = false) => {
    if (isAsking) heardOf.add(event.type === 'session' ? event.session.call_sid : event.callSid);
    tell(event, isFirst);
  };
  for (const session of registry.liveSessions) hear({ type: 'session', session }, true);
  const stops = [registry.watch((event) => hear(event)), siblings.watchElsewhere((event) => hear(event))];
  void siblings.liveElsewhere().then((sessions) => {
    isAsking = false;
    const unheardOf = sessions.filter(({ call_sid }) => !heardOf.has(call_sid));
    for (const session of unheardOf) tell({ type: 'session', session }, true);
    heardOf.clear();
  });
  return () => {
    for (const stop of stops) stop();
  };
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
