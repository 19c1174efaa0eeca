import { type Response, Router } from 'express';
import type { CallRegistry } from '../../calls/call-registry.js';
import type { CallEvent } from '../../calls/call-watchers.js';
import type { Siblings } from '../../calls/siblings.js';

const HEARTBEAT_MS = 15_000;
/** A watcher that is so far behind, beside what all are told at first, does not read any more. */
const MAX_UNREAD_BYTES = 1024 * 1024;

type Here = Pick<CallRegistry, 'liveSessions' | 'watch'>;
type Elsewhere = Pick<Siblings, 'liveElsewhere' | 'watchElsewhere'>;

/** The calls on this gateway now, in all its processes, as a list or, with `Accept: text/event-stream`, as they change. */
export function liveRoutes(registry: Here, siblings: Elsewhere): Router {
  const router = Router();
  router.get('/api/live', async (request, response) => {
    if (request.accepts(['json', 'text/event-stream']) === 'text/event-stream') {
      return stream(registry, siblings, response);
    }
    const elsewhere = await siblings.liveElsewhere();
    return response.json({ live: [...registry.liveSessions, ...elsewhere] });
  });
  return router;
}

// Events `session` (the session as it now is) and `ended` (its call_sid); first one `session` for each live call.
function stream(registry: Here, siblings: Elsewhere, response: Response): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    Connection: 'keep-alive',
    'X-Accel-Buffering': 'no',
  });
  response.write('retry: 1000\n\n');
  let mostUnread = MAX_UNREAD_BYTES;
  const stop = follow(registry, siblings, (event, isFirst) => {
    const text = textOf(event);
    if (isFirst) mostUnread += text.length;
    if (!response.destroyed) response.write(text);
    if (response.writableLength > mostUnread) response.destroy();
  });
  const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT_MS);
  response.on('close', () => {
    clearInterval(heartbeat);
    stop();
  });
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

function textOf(event: CallEvent): string {
  const data = event.type === 'session' ? event.session : { call_sid: event.callSid };
  return `event: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`;
}
