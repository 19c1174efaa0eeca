import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { logSampler, REFUSALS } from '../core/log-sampler.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import { MEDIA_PATH } from '../twilio/paths.js';
import { type SignatureChecker, streamOrigin } from '../twilio/signature.js';
import type { StreamSocket } from '../twilio/stream-sides.js';
import type { StreamClaims, TokenRefusal } from '../twilio/stream-token.js';
import type { Adopt } from './fast-read/fast-reading.js';
import { ignoreOffer, isHandshake, openAnswers } from './ignored-offers.js';
import { strangerTo, withoutAuthToken } from './middleware/require-this-machine.js';
import { FOREIGN_BECAUSE, type Foreign } from './this-machine.js';

interface UpgradeOptions {
  /** Null: there is no auth token, and streams come from this machine alone. */
  readonly checker: SignatureChecker | null;
  readonly origin: () => string;
  /** The token was made for our own page, which Twilio signs nothing for. */
  readonly isForPage: (token: string) => boolean;
  /** Why our own page has not asked for a stream; null: it has. */
  readonly notOfOurPage: (request: IncomingMessage) => Foreign | null;
  readonly redeem: (token: string) => StreamClaims | TokenRefusal;
  /** While draining: a stream of a call that is this gateway's already comes in all the same. */
  readonly isRefused: (token: string) => boolean;
  /** Reads the stream past `ws`, where it can be. */
  readonly adopt: Adopt;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** A stream that passed every check. */
  readonly accept: (socket: StreamSocket, claims: StreamClaims) => void;
}

// A Twilio frame is about 400 bytes and never fragmented; ws' own defaults let a stranger pin hundreds of megabytes.
const LIMITS = {
  maxPayload: 64 * 1024,
  maxFragments: 64,
  maxBufferedChunks: 1024,
  perMessageDeflate: false,
  clientTracking: false,
  autoPong: false,
  closeTimeout: 3000,
};

// Twilio sends hardly any; answering a flood of them would keep the live calls waiting.
const PINGS_A_SECOND = 20;

const NOTHING = Buffer.alloc(0);
const REASON: Record<number, string> = { 403: 'Forbidden', 404: 'Not Found', 503: 'Service Unavailable' };

/**
 * Path, where it comes from, draining, signature, token: a stream that fails one is refused in plain HTTP, before a socket exists. A request that offers anything
 * but a WebSocket is answered as if it had offered nothing.
 */
export function handleUpgrades(server: Server, options: UpgradeOptions): void {
  const afterAnswers = openAnswers(server);
  const openStream = streamOpener(options);
  server.on('upgrade', (request, socket, head) => {
    // Node has taken its own handler off by now: a reset here would end the process.
    socket.on('error', destroy);
    afterAnswers(socket, () => {
      if (isHandshake(request)) return openStream(request, socket, withUnread(head, socket));
      socket.off('error', destroy);
      return ignoreOffer(server, request, socket, head);
    });
  });
}

function destroy(this: Duplex): void {
  this.destroy();
}

/** What has come behind a handshake meanwhile; no client sends any before it is answered. */
function withUnread(head: Buffer, socket: Duplex): Buffer {
  const unread: unknown = socket.readableLength > 0 ? socket.read() : null;
  return Buffer.isBuffer(unread) ? Buffer.concat([head, unread]) : head;
}

function streamOpener(options: UpgradeOptions) {
  const sockets = new WebSocketServer({ noServer: true, ...LIMITS });
  const { metrics, logger } = options;
  const admit = logSampler(REFUSALS);
  const open = (webSocket: WebSocket, socket: StreamSocket, claims: StreamClaims) => {
    answerPings(webSocket);
    try {
      options.accept(socket, claims);
    } catch (error) {
      webSocket.terminate();
      throw error;
    }
  };
  const decideAndOpen = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const decision = decide(request, options);
    if (typeof decision === 'string') {
      metrics.upgradeRejects.inc({ reason: decision });
      const suppressed = admit(decision);
      if (suppressed !== null)
        logger.warn(
          { reason: decision, ...explanation(decision, options), suppressed },
          'The upgrade of a stream was refused',
        );
      return refuse(socket, decision);
    }
    // `ws` takes the protocol alone, not in a list of several.
    request.headers.upgrade = 'websocket';
    const fastRead = options.adopt(socket);
    if (!fastRead) return sockets.handleUpgrade(request, socket, head, (ws) => open(ws, ws, decision));
    sockets.handleUpgrade(request, fastRead.connection, NOTHING, (webSocket) => {
      fastRead.open(webSocket);
      open(webSocket, fastRead, decision);
      fastRead.take(head);
    });
  };
  return (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      decideAndOpen(request, socket, head);
    } catch (error) {
      logger.error({ err: error }, 'A stream could not be opened; its connection is closed');
      socket.destroy();
    }
  };
}

function answerPings(socket: WebSocket): void {
  let [since, answered] = [0, 0];
  socket.on('ping', (data) => {
    const now = performance.now();
    if (now - since >= 1000) [since, answered] = [now, 0];
    answered += 1;
    if (answered <= PINGS_A_SECOND) socket.pong(data);
    else socket.close(1008, 'too many pings');
  });
}

type Refusal = 'path' | 'draining' | 'signature' | Foreign | `token_${TokenRefusal}`;

/** What the log says of a refusal beside its reason. */
function explanation(refusal: Refusal, { checker, origin }: UpgradeOptions) {
  if (refusal === 'signature') return { expected: `${streamOrigin(origin())}${MEDIA_PATH}[redacted]` };
  if (!isForeign(refusal)) return {};
  return { why: checker ? FOREIGN_BECAUSE[refusal] : withoutAuthToken(refusal) };
}

function isForeign(refusal: Refusal): refusal is Foreign {
  return Object.hasOwn(FOREIGN_BECAUSE, refusal);
}

function statusOf(refusal: Refusal): number {
  if (refusal === 'path') return 404;
  return refusal === 'draining' ? 503 : 403;
}

function decide(request: IncomingMessage, options: UpgradeOptions): Refusal | StreamClaims {
  const path = request.url ?? '';
  const token = tokenOf(path);
  if (token === null) return 'path';
  const stranger = options.isForPage(token) ? options.notOfOurPage(request) : notOfTwilio(request, options);
  if (stranger !== null && stranger !== 'signature') return stranger;
  if (options.isRefused(token)) return 'draining';
  if (stranger !== null) return stranger;
  const claims = options.redeem(token);
  return typeof claims === 'string' ? `token_${claims}` : claims;
}

/** Without an auth token Twilio is played by a program of this machine, and that names no page. */
function notOfTwilio(
  request: IncomingMessage,
  { checker, origin }: UpgradeOptions,
): Foreign | 'signature' | null {
  const { origin: page, 'x-twilio-signature': signature } = request.headers;
  if (checker) return checker.isValidUpgrade(request.url ?? '', signature) ? null : 'signature';
  return strangerTo(request, origin()) ?? (page === undefined ? null : 'cross_site');
}

function tokenOf(path: string): string | null {
  const match = /^([\w-]{1,1000})\/?$/.exec(path.startsWith(MEDIA_PATH) ? path.slice(MEDIA_PATH.length) : '');
  return match?.[1] ?? null;
}

function refuse(socket: Duplex, refusal: Refusal): void {
  const status = statusOf(refusal);
  const body = `${REASON[status]}\n`;
  // The server's timeouts no longer watch this connection: a peer that keeps its side open must not keep ours.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${REASON[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}
