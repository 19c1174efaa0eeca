import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GatewayError } from '../core/errors.js';
import { hostAndPort } from '../core/host-and-port.js';
import { shouldUpgradeCallback } from './ignored-offers.js';

// Of a request that has begun, and of a connection's first: Node lets a silent one live for 90 s. An idle connection between two requests
// is none of theirs, and the check that looks for the late ones leaves it alone.
const TIMEOUTS = { headersTimeout: 5000, requestTimeout: 10_000, connectionsCheckingInterval: 1000 };

const REFUSAL: Record<string, string> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/**
 * Not listening yet. `keepAliveSeconds`: how long a connection stays open between two requests. Whoever stands in front must be the first to
 * close one: a request that meets a connection being closed is lost.
 */
export function createHttpServer(listener: RequestListener, keepAliveSeconds: number): Server {
  const options = { ...TIMEOUTS, keepAliveTimeout: keepAliveSeconds * 1000, shouldUpgradeCallback };
  const server = createServer(options, listener);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return socket.destroy();
    const status = REFUSAL[error.code ?? ''] ?? '400 Bad Request';
    return socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  return server;
}

/** Resolves to the port; rejects with a clear sentence when the address cannot be used. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port, host)));
    server.listen(port, host, resolve);
  });
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

function explain(error: NodeJS.ErrnoException, port: number, host: string): Error {
  const where = hostAndPort(host, port);
  if (error.code === 'EADDRINUSE') {
    return new GatewayError(
      'BAD_CONFIG',
      `${where} is in use by another program. Set PORT to a free one, or to 0.`,
    );
  }
  return new GatewayError('BAD_CONFIG', `Cannot listen on ${where}: ${error.code}. Check HOST and PORT.`);
}

/** Stops listening and cuts every HTTP connection, busy or idle; settles when the upgraded ones, which it leaves alone, have ended too. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return server.closeAllConnections();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
