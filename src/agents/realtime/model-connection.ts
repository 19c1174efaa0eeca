import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { VERSION } from '../../core/version.js';
import { isFatalStatus } from './fault-codes.js';
import { maskedFrame } from './masked-frame.js';
import type { ModelFault } from './model.js';
import { ModelWire } from './model-wire.js';

export interface ModelConnectionOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Until the server has taken the connection. */
  readonly handshakeMs: number;
  /** More than this waits to be sent: the server does not take what it is given. */
  readonly mostUnsentBytes: number;
  readonly listener: ConnectionListener;
}

/** Told nothing within a call of the connection's own methods, and nothing after `onEnd`. */
export interface ConnectionListener {
  onOpen(): void;
  /** A text frame; null: a binary one. */
  onMessage(text: string | null): void;
  onEnd(fault: ModelFault): void;
}

/** A delta of audio has some 10 kB. */
const LARGEST_MESSAGE_BYTES = 2 * 1024 * 1024;
/** A peer that is gone without a word is found by this; every server answers pings. */
const PING_MS = 5000;
/** So many pings in a row without a word of the server: nobody is there. */
const MOST_SILENT_PINGS = 3;
const CLOSE_MS = 1000;

/** One WebSocket to the model's server, with limits on all that the server may do. */
export class ModelConnection {
  readonly #socket: WebSocket;
  readonly #wire: ModelWire;
  readonly #listener: ConnectionListener;
  readonly #mostUnsentBytes: number;
  readonly #handshake: NodeJS.Timeout;
  #ping: NodeJS.Timeout | undefined;
  #silentPings = 0;
  #wasOpen = false;
  #hasEnded = false;

  constructor({ url, headers, handshakeMs, mostUnsentBytes, listener }: ModelConnectionOptions) {
    this.#mostUnsentBytes = mostUnsentBytes;
    this.#listener = listener;
    this.#wire = new ModelWire(url, (text) => this.#received(text));
    this.#socket = new WebSocket(url, {
      createConnection: () => this.#wire.connect(),
      headers: { 'User-Agent': `Bayline/${VERSION}`, ...headers },
      maxPayload: LARGEST_MESSAGE_BYTES,
      perMessageDeflate: false,
      followRedirects: false,
    });
    const socket = this.#socket;
    socket.on('error', (error) => this.#end({ code: codeOf(error, this.#wasOpen), fatal: false }));
    socket.on('unexpected-response', (_, response) => this.#refused(response));
    socket.on('open', () => this.#opened());
    socket.on('message', (data, isBinary) => this.#received(isBinary ? null : String(data)));
    socket.on('pong', () => {
      this.#silentPings = 0;
    });
    socket.on('close', () => this.#end({ code: 'closed', fatal: false }));
    this.#handshake = setTimeout(() => this.#end({ code: 'timeout', fatal: false }), handshakeMs);
  }

  /** Does nothing before it is open and after it has ended. A server that takes nothing ends it, in a later turn. */
  send(text: string): void {
    if (!this.#isOpen) return;
    this.#socket.send(text);
    this.#checkUnsent();
  }

  /** The same for a text of nothing but ASCII that is sent again and again, as audio is: it passes by `ws`, which writes each frame at once and whole. */
  sendAscii(text: string): void {
    if (!this.#isOpen) return;
    const frame = maskedFrame(text);
    if (frame === null) return this.send(text);
    this.#wire.socket?.write(frame);
    this.#checkUnsent();
  }

  /** What it throws ends this connection: it is called by a socket or a timer, where nobody else catches it. */
  guard(act: () => void): void {
    try {
      act();
    } catch {
      this.#end({ code: 'garbage', fatal: false });
    }
  }

  /** The listener is told nothing more. */
  close(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#release();
  }

  get #isOpen(): boolean {
    return !this.#hasEnded && this.#socket.readyState === WebSocket.OPEN;
  }

  #checkUnsent(): void {
    if (this.#socket.bufferedAmount > this.#mostUnsentBytes)
      setImmediate(() => this.#end({ code: 'slow', fatal: false }));
  }

  #opened(): void {
    clearTimeout(this.#handshake);
    this.#wasOpen = true;
    this.#wire.open();
    if (this.#hasEnded) return;
    this.#ping = setInterval(() => this.#look(), PING_MS);
    this.#listener.onOpen();
  }

  #received(text: string | null): void {
    this.#silentPings = 0;
    if (!this.#hasEnded) this.guard(() => this.#listener.onMessage(text));
  }

  #look(): void {
    if (this.#silentPings >= MOST_SILENT_PINGS) return this.#end({ code: 'lost', fatal: false });
    this.#silentPings += 1;
    this.#socket.ping();
  }

  // What it says besides its status is read by nobody.
  #refused(response: IncomingMessage): void {
    const { statusCode = 0 } = response;
    response.destroy();
    this.#end({ code: httpCode(statusCode), fatal: isFatalStatus(statusCode) });
  }

  #end(fault: ModelFault): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#release();
    this.#listener.onEnd(fault);
  }

  /** A server that does not answer the close is left after a second. */
  #release(): void {
    clearTimeout(this.#handshake);
    clearInterval(this.#ping);
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) return socket.terminate();
    socket.close(1000);
    const giveUp = setTimeout(() => socket.terminate(), CLOSE_MS);
    socket.once('close', () => clearTimeout(giveUp));
  }
}

/** Statuses of their own are those that somebody must act on. */
function httpCode(status: number): string {
  if (status >= 500) return 'http_5xx';
  if (status >= 300 && status < 400) return 'http_3xx';
  return [400, 401, 403, 404, 429].includes(status) ? `http_${status}` : 'refused';
}

/** What `ws` finds against a message is an error of its own; anything else is of the network. */
function codeOf(error: Error, wasOpen: boolean): string {
  if ('code' in error && String(error.code).startsWith('WS_ERR_')) return 'garbage';
  return wasOpen ? 'closed' : 'refused';
}
