import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import {
  ARRIVED,
  EIGHT_BYTES_MORE,
  TEXT,
  TextFrameParser,
  TWO_BYTES_MORE,
} from '../../core/text-frame-parser.js';
import type { StreamSocket } from '../../twilio/stream-sides.js';
import type { ReadPauses } from './read-pauses.js';

/** What Node keeps of a connection, in a property that no documentation tells of. */
export interface Handle {
  reading: boolean;
  readStart(): unknown;
  readStop(): unknown;
}

const OPEN = 1;
/** A shorter pause saves no read. */
const SHORTEST_PAUSE_MS = 20;
/** What is waited for is nearly always there so much later: one read takes all of it. */
const LATER_MS = 2;
/** One pause of so many is left out: what is read as it comes tells when that is. Else each pause would end a little later than the one before. */
const ONE_OF = 8;
/** Twilio's frames are 400 bytes; so much is kept of one that comes in pieces. */
const MAX_TEXT = 16 * 1024;

/**
 * A WebSocket whose text messages pass by `ws`, which keeps everything else: handshake, ping and pong, close, and whatever is
 * not as it should be. A message read costs no memory that outlives it, one sent is written in one piece.
 */
export class FastReadSocket extends EventEmitter implements StreamSocket {
  /** The connection that `ws` is to be given in place of the one it came on. */
  readonly connection: Socket;
  readonly #parser: TextFrameParser;
  #webSocket: WebSocket | null = null;
  readonly #handle: Handle;
  readonly #pauses: ReadPauses;
  /** The turn of {@link ReadPauses} in which it is read again; null: it is read. */
  #pausedUntil: number | null = null;
  #asked = 0;

  /** `handle`: Node's own object for a connection that nobody else reads. */
  constructor(handle: Handle, pauses: ReadPauses) {
    super();
    this.#handle = handle;
    this.#pauses = pauses;
    const onText = (text: Buffer) => this.emit('message', text, false);
    const onOther = (bytes: Buffer) => this.connection.push(bytes);
    this.#parser = new TextFrameParser({ onText, onOther, maxText: MAX_TEXT, isMasked: true });
    const callback = (length: number) => {
      this.#parser.take(ARRIVED, length);
      return true;
    };
    const options = { handle, allowHalfOpen: true, onread: { buffer: ARRIVED, callback } };
    this.connection = new Socket(options);
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
    if (this.#pausedUntil !== null) this.#readOn();
    this.connection.write(frameHead(text.length) + text, 'latin1');
  }

  readLater(ms: number): void {
    if (ms < SHORTEST_PAUSE_MS || this.#pausedUntil !== null || this.connection.destroyed) return;
    this.#asked += 1;
    if (this.#asked % ONE_OF === 0) return;
    this.#handle.readStop();
    this.#pausedUntil = this.#pauses.add(this, ms + LATER_MS);
  }

  onTurn(turn: number): void {
    if (turn === this.#pausedUntil) this.#readOn();
  }

  // Node itself may have stopped reading meanwhile.
  #readOn(): void {
    this.#pausedUntil = null;
    if (!this.connection.destroyed && this.#handle.reading) this.#handle.readStart();
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

/** The beginning of an unmasked text frame that is the whole of its message (RFC 6455, 5.2), byte by byte. */
function frameHead(length: number): string {
  if (length < TWO_BYTES_MORE) return String.fromCharCode(TEXT, length);
  if (length < 0x10000) return String.fromCharCode(TEXT, TWO_BYTES_MORE, length >> 8, length & 0xff);
  const bytes = [24, 16, 8, 0].map((shift) => (length >>> shift) & 0xff);
  return String.fromCharCode(TEXT, EIGHT_BYTES_MORE, 0, 0, 0, 0, ...bytes);
}
