import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { WebSocket } from 'ws';
import type { StreamSocket } from '../twilio/media-stream.js';
import { frameHead, TextFrameParser } from './text-frame-parser.js';

const OPEN = 1;
/** Every connection is read into it: what came is dealt with before the next is read. */
const ARRIVED = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * A WebSocket whose text messages pass by `ws`, which keeps everything else: handshake, ping and pong, close, and whatever is
 * not as it should be. A message read costs no memory that outlives it, one sent is written in one piece.
 */
export class FastReadSocket extends EventEmitter implements StreamSocket {
  /** The connection that `ws` is to be given in place of the one it came on. */
  readonly connection: Socket;
  readonly #parser: TextFrameParser;
  #webSocket: WebSocket | null = null;

  private constructor(handle: object) {
    super();
    const onText = (text: Buffer) => this.emit('message', text, false);
    const onOther = (bytes: Buffer) => this.connection.push(bytes);
    this.#parser = new TextFrameParser({ onText, onOther });
    const callback = (length: number) => {
      this.#parser.take(ARRIVED, length);
      return true;
    };
    const options = { handle, allowHalfOpen: true, onread: { buffer: ARRIVED, callback } };
    this.connection = new Socket(options);
  }

  /**
   * Takes a connection over from the HTTP server's socket, which from then on only keeps its place among the server's connections.
   * Null when it is no plain TCP connection of Node's.
   */
  static adopt(socket: Duplex): FastReadSocket | null {
    if (!(socket instanceof Socket) || socket instanceof TLSSocket || !hasHandle(socket)) return null;
    const handle = socket._handle;
    if (!handle) return null;
    handle.readStop();
    handle.reading = false;
    socket._handle = null;
    const taken = new FastReadSocket(handle);
    taken.connection.once('close', () => socket.destroy());
    return taken;
  }

  /** The handshake is over. */
  open(webSocket: WebSocket): void {
    this.#webSocket = webSocket;
    for (const event of ['message', 'close', 'pong', 'error'])
      webSocket.on(event, (...what) => this.emit(event, ...what));
  }

  /** What came together with the handshake. */
  take(head: Buffer): void {
    this.#parser.take(head, head.length);
  }

  get readyState(): number {
    return this.#webSocket?.readyState ?? 0;
  }

  get bufferedAmount(): number {
    return this.connection.writableLength;
  }

  /** Nothing but ASCII. Behind a close frame, ours or the answer to the peer's, nothing is written (RFC 6455, 5.5.1). */
  send(text: string): void {
    if (this.#webSocket?.readyState !== OPEN) return;
    this.connection.write(frameHead(text.length) + text, 'latin1');
  }

  close(code: number, reason: string): void {
    this.#webSocket?.close(code, reason);
  }

  terminate(): void {
    this.#webSocket?.terminate();
  }

  ping(): void {
    this.#webSocket?.ping();
  }
}

/** What Node keeps of a connection, which no documentation tells of: without it the connection stays as it is. */
interface Handle {
  reading: boolean;
  readStop(): unknown;
}

function hasHandle(socket: Socket): socket is Socket & { _handle: Handle | null } {
  const handle: unknown = '_handle' in socket ? socket._handle : null;
  return typeof handle === 'object' && handle !== null && 'reading' in handle && 'readStop' in handle;
}
