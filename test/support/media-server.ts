import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type Fault, ServedCall } from './served-call.js';

/** A right media stream server, but for the fault planted in it: greets, answers keys, is interrupted, says goodbye on 9. */
export class MediaServer {
  readonly #fault: Fault | null;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #calls = new Set<ServedCall>();
  #served = 0;

  constructor(fault: Fault | null) {
    this.#fault = fault;
    this.#http = createServer((_request, response) => void response.writeHead(404).end());
    this.#sockets = new WebSocketServer({
      noServer: true,
      autoPong: fault !== 'no-pong',
    });
    if (fault === 'subprotocol') {
      this.#sockets.on('headers', (headers) => headers.push('Sec-WebSocket-Protocol: audio.example'));
    }
    this.#http.on('upgrade', (request: IncomingMessage, socket, head) =>
      this.#upgrade(request, socket, head),
    );
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    const address = this.#http.address();
    if (typeof address !== 'object' || address === null) throw new Error('The media server does not listen');
    return `ws://127.0.0.1:${address.port}/media/t0ken`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    for (const call of this.#calls) call.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    if (this.#fault === 'refuses') {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    if (this.#fault === 'leaves-socket-open') socket.end = () => socket;
    this.#sockets.handleUpgrade(request, socket, head, (stream) => {
      const call = new ServedCall(stream, this.#fault, this.#isDead());
      this.#calls.add(call);
      stream.on('close', () => {
        call.close();
        this.#calls.delete(call);
      });
    });
  }

  #isDead(): boolean {
    this.#served += 1;
    const [other] = this.#calls;
    if (this.#fault === 'one-call-at-a-time') other?.fallSilent();
    return this.#fault === 'second-call-dead' && this.#served > 1;
  }
}
