import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** From this version on Node reads the body of a request whose offer it does not ignore itself. */
const FIRST_TO_READ_BODIES = 25;

/** Whether a request is the handshake of a WebSocket (RFC 6455, 4.1). Only one by a client has a key: a proxy that adds `Upgrade` to all has none. */
export function isHandshake({ method, headers }: IncomingMessage): boolean {
  const offered = (headers.upgrade ?? '').split(',').map((protocol) => protocol.trim().toLowerCase());
  return method === 'GET' && offered.includes('websocket') && headers['sec-websocket-key'] !== undefined;
}

/** Which requests leave Node's parser with their `upgrade` event; an option of its server that older versions do not know, which take all. */
export function shouldUpgradeCallback(request: IncomingMessage): boolean {
  return isHandshake(request) || major(process.versions.node) < FIRST_TO_READ_BODIES || !hasBody(request);
}

function major(version: string): number {
  return Number.parseInt(version, 10);
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Gives a request back to its server, whose offer of another protocol (`Upgrade: h2c`) is to be ignored (RFC 9110, 7.8). Left to ignore it,
 * Node loses what came behind the request in one piece with it; as a connection that begins with the request, without its offer, it is
 * parsed and answered like any other.
 */
export function ignoreOffer(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  let lines = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let n = 0; n + 1 < rawHeaders.length; n += 2) {
    // Not a byte longer than it came: there is a limit.
    if (rawHeaders[n]?.toLowerCase() !== 'upgrade') lines += `${rawHeaders[n]}:${rawHeaders[n + 1]}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines}\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

/**
 * Does something on a connection once all that the server owes on it is answered, for what a client sends behind a request is to be answered after it:
 * in the same turn when nothing is owed, and not at all on one that has ended by then.
 */
export function openAnswers(server: Server): (socket: Duplex, go: () => void) => void {
  const latest = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }, response) => {
    latest.set(socket, response);
    response.once('close', () => {
      if (latest.get(socket) === response) latest.delete(socket);
    });
  });
  return (socket, go) => {
    const last = latest.get(socket);
    if (!last) return go();
    last.once('close', () => {
      if (socket.writable) go();
      else socket.destroy();
    });
  };
}
