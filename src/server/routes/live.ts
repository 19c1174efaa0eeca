import { type Response, Router } from 'express';
import type { Fleet } from '../../line/fleet.js';
import { EventTexts, eventText, LiveEvents } from '../live-events.js';
import { LIVE } from './live-operations.js';

const HEARTBEAT_MS = 15_000;
/** A watcher that is so far behind, beside what all are told at first, does not read any more. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** More screens than a shop has. */
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

// Events `session` (the session as it now is) and `ended` (its call_sid); `snapshot` at first and with each heartbeat: which calls are live.
function eventStreams(fleet: Calls): (response: Response) => void {
  const texts = new EventTexts();
  const watchers = new Set<Response>();
  let heartbeat: NodeJS.Timeout | undefined;
  const tell = async (of: Iterable<Response>) => {
    const { sessions, isPartial } = await fleet.liveCalls();
    const call_sids = sessions.map(({ call_sid }) => call_sid);
    const text = eventText('snapshot', { call_sids, partial: isPartial });
    for (const response of of) if (!response.destroyed) response.write(text);
  };
  return (response) => {
    if (watchers.size >= MAX_WATCHERS) return refuse(response);
    watchers.add(response);
    heartbeat ??= setInterval(() => void tell(watchers), HEARTBEAT_MS);
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      Connection: 'keep-alive',
      'X-Accel-Buffering': 'no',
    });
    response.write('retry: 1000\n\n');
    let mostUnread = MAX_UNREAD_BYTES;
    const events = new LiveEvents({
      texts,
      write: (text, isFirst) => {
        if (isFirst) mostUnread += text.length;
        if (!response.destroyed) response.write(text);
        if (response.writableLength > mostUnread) response.destroy();
      },
    });
    const stop = fleet.watch((event, isFirst) => events.add(event, isFirst));
    void tell([response]);
    response.once('close', () => {
      watchers.delete(response);
      stop();
      events.close();
      if (watchers.size > 0) return;
      clearInterval(heartbeat);
      heartbeat = undefined;
    });
  };
}

function refuse(response: Response): void {
  const error = `${MAX_WATCHERS} pages watch the calls already. Close one of them and try again.`;
  response.status(503).set('Retry-After', '10').json({ error });
}
