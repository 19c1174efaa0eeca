import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { endOfClose, endOfError, endOfRefusal, type StreamEnd } from './stream-end.js';

/** What comes of a connection to a server. */
export interface ClientSocketListener {
  onOpened(): void;
  onText(text: string): void;
  onBinary(bytes: number): void;
  onPong(): void;
  /** The connection is gone, or did not come about; called once, last. */
  onClosed(end: StreamEnd): void;
}

export interface ClientSocketOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly handshakeMs: number;
  /** The authority that vouches for the certificate, PEM; Node's usual ones when absent. */
  readonly ca?: string | undefined;
}

/** The client's end of one WebSocket, and of the connection under it. */
export class ClientSocket {
  readonly #socket: WebSocket;
  #tcp: Socket | null = null;
  #end: StreamEnd | null = null;
  #opened = false;

  constructor({ url, headers, handshakeMs, ca }: ClientSocketOptions, listener: ClientSocketListener) {
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: handshakeMs,
      headers,
      ca,
    });
    this.#socket = socket;
    socket.on('upgrade', (response) => {
      this.#tcp = response.socket;
    });
    socket.on('open', () => {
      this.#opened = true;
      listener.onOpened();
    });
    socket.on('message', (data, isBinary) => {
      const text = data.toString();
      if (isBinary) listener.onBinary(Buffer.byteLength(text));
      else listener.onText(text);
    });
    socket.on('pong', () => listener.onPong());
    socket.on('unexpected-response', (_request, response) => {
      this.#end ??= endOfRefusal(response.statusCode ?? 0);
      response.resume();
      socket.terminate();
    });
    socket.on('error', (error) => {
      this.#end ??= endOfError(error, this.#opened);
    });
    socket.on('close', (code, reason) => {
      listener.onClosed(this.#end ?? endOfClose(code, reason.toString()));
    });
  }

  /** Sends while the socket is open; otherwise nothing happens. */
  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** The server has sent a close frame, or the connection is gone. */
  get isClosing(): boolean {
    return this.#socket.readyState >= WebSocket.CLOSING;
  }

  ping(): void {
    this.#socket.ping();
  }

  /** Sends a close frame. */
  close(): void {
    this.#socket.close(1000);
  }

  /** Ends our half of the connection without a close frame; the server's half stays until it notices. */
  endConnection(): void {
    this.#tcp?.end();
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
