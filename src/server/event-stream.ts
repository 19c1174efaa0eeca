import type { Request, Response, Router } from 'express';

/** Whether a stream of events is asked for, and not what there is now as JSON. */
export function wantsEvents(request: Request): boolean {
  return request.accepts(['json', 'text/event-stream']) === 'text/event-stream';
}

/** For before a route with such a stream, which would answer `HEAD` as well: what nobody reads never ends. */
export function refuseHead(router: Router, path: string): void {
  router.head(path, (_request, response) => {
    response.status(405).set('Allow', 'GET').end();
  });
}

/** Too many are told already; `what` follows "32 pages". */
export function refuseWatcher(response: Response, most: number, what: string): void {
  const error = `${most} pages ${what} already. Close one of them and try again.`;
  response.status(503).set('Retry-After', '10').json({ error });
}

/** Begins a stream of events with these; whoever loses it comes again after a second. */
export function beginEvents(response: Response, events = ''): void {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    Connection: 'keep-alive',
    'X-Accel-Buffering': 'no',
  });
  response.write(`retry: 1000\n\n${events}`);
}

export function isOpen({ destroyed, writableEnded }: Response): boolean {
  return !destroyed && !writableEnded;
}
