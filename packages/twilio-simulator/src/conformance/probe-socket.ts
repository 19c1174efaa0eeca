import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { endOfClose, endOfError, endOfRefusal, type StreamEnd } from '../stream-end.js';

export interface ProbeSocketListener {
  onOpened(): void;
  onText(text: string): void;
  onBinary(bytes: number): void;
  onPong(): void;
  /** The connection is gone, or did not come about; called once, last. */
  onClosed(end: StreamEnd): void;
}

export interface ProbeSocketOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly handshakeMs: number;
}

/** The client's end of one WebSocket, and of the connection under it. */
export class ProbeSocket {
  readonly #socket: WebSocket;
  #tcp: Socket | null = null;
  #end: StreamEnd | null = null;
  #opened = false;

  constructor({ url, headers, handshakeMs }: ProbeSocketOptions, listener: ProbeSocketListener) {
    const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: handshakeMs, headers });
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
      this.#end ??= endOfFault(error, this.#opened);
    });
    socket.on('close', (code, reason) => {
      const end = this.#end ?? endOfClose(code, reason.toString());
      listener.onClosed({ ...end, detail: end.detail.replaceAll('the gateway', 'the server') });
    });
  }

  /** Sends while the socket is open; otherwise nothing happens. */
  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
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

function endOfFault(error: Error, opened: boolean): StreamEnd {
  if (!/subprotocol/.test(error.message)) return endOfError(error, opened);
  return { how: 'broken', error: 31920, detail: 'the server chose a subprotocol, and none was offered' };
}
