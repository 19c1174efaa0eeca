import { isUtf8 } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { StreamSocket } from '../../twilio/stream-sides.js';

const OPEN = 1;
/** Every connection is read into it: what came is dealt with before the next is read. */
const ARRIVED = Buffer.allocUnsafeSlow(64 * 1024);

/** First byte of a frame (RFC 6455, 5.2): the last of its message, with what it is. */
const [TEXT, PING, PONG] = [0x81, 0x89, 0x8a];
const MASKED = 0x80;
const LONGEST_CONTROL = 125;
/** The length of what is longer stands in two bytes more, or in eight. */
const [TWO_BYTES_MORE, EIGHT_BYTES_MORE] = [126, 127];
const MASK_BYTES = 4;
/** Twilio's frames are 400 bytes; so much is kept of one that comes in pieces. */
const MAX_TEXT = 16 * 1024;
/** What is kept is copied with each piece: `ws` has a limit of its own for a frame in many more. */
const MAX_PIECES = 64;

/**
 * A WebSocket whose text messages pass by `ws`, which keeps everything else: handshake, ping and pong, close, and whatever is
 * not as it should be. A message read costs no memory that outlives it, one sent is written in one piece.
 */
export class FastReadSocket extends EventEmitter implements StreamSocket {
  /** The connection that `ws` is to be given in place of the one it came on. */
  readonly connection: Socket;
  readonly #parser: TextFrameParser;
  #webSocket: WebSocket | null = null;

  /** `handle`: Node's own object for a connection that nobody else reads. */
  constructor(handle: object) {
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

const UNFINISHED = -1;
const FOREIGN = -2;

interface TextFrameListener {
  /** A text message. The bytes are the parser's own until this returns, and others' after it. */
  onText(text: Buffer): void;
  /** What the parser does not read: whole pings and pongs, and from some frame on all that comes. The bytes may be kept. */
  onOther(bytes: Buffer): void;
}

/**
 * Takes the frames that a Media Stream is made of, unfragmented text, out of what comes on a WebSocket. With the first frame of
 * another kind the parser is over, be it a `close`, in more than 64 pieces or against the protocol: from there on everything is for whoever
 * knows the whole of it.
 */
export class TextFrameParser {
  readonly #listener: TextFrameListener;
  #unfinished: Buffer | null = null;
  /** In how many pieces what is unfinished has come. */
  #pieces = 0;
  #isOver = false;

  constructor(listener: TextFrameListener) {
    this.#listener = listener;
  }

  /** The next bytes that came, `length` of them; they are unmasked where they lie, and nothing of them is kept. */
  take(bytes: Buffer, length: number): void {
    const before = this.#unfinished;
    if (!before) {
      this.#pieces = 0;
      return this.#walk(bytes, length);
    }
    this.#unfinished = null;
    const all = Buffer.concat([before, bytes.subarray(0, length)]);
    this.#walk(all, all.length);
  }

  #walk(bytes: Buffer, length: number): void {
    let at = 0;
    while (at < length && !this.#isOver) {
      const next = this.#read(bytes, at, length);
      if (next === UNFINISHED) {
        this.#pieces = at === 0 ? this.#pieces + 1 : 1;
        if (this.#pieces < MAX_PIECES) {
          this.#unfinished = Buffer.from(bytes.subarray(at, length));
          return;
        }
      }
      if (next < 0) this.#isOver = true;
      else at = next;
    }
    if (at < length) this.#listener.onOther(Buffer.from(bytes.subarray(at, length)));
  }

  /** Where the frame at `at` ends, which was handed over. */
  #read(bytes: Buffer, at: number, length: number): number {
    const kind = bytes[at] ?? 0;
    if (kind !== TEXT && kind !== PING && kind !== PONG) return FOREIGN;
    if (length < at + 2) return UNFINISHED;
    const second = bytes[at + 1] ?? 0;
    const size = second & ~MASKED;
    if (second < MASKED || size === EIGHT_BYTES_MORE) return FOREIGN;
    if (kind !== TEXT) return size > LONGEST_CONTROL ? FOREIGN : this.#control(bytes, at, size, length);
    if (size < TWO_BYTES_MORE) return this.#text(bytes, at + 2, size, length);
    if (length < at + 4) return UNFINISHED;
    return this.#text(bytes, at + 4, ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0), length);
  }

  #control(bytes: Buffer, at: number, size: number, length: number): number {
    const end = at + 2 + MASK_BYTES + size;
    if (end > length) return UNFINISHED;
    this.#listener.onOther(Buffer.from(bytes.subarray(at, end)));
    return end;
  }

  #text(bytes: Buffer, maskAt: number, size: number, length: number): number {
    if (size > MAX_TEXT) return FOREIGN;
    const from = maskAt + MASK_BYTES;
    const end = from + size;
    if (end > length) return UNFINISHED;
    const isAscii = unmask(bytes, maskAt, end);
    const text = bytes.subarray(from, end);
    if (!isAscii && !isUtf8(text)) {
      // As it came again: whoever it is for answers it as the protocol says.
      unmask(bytes, maskAt, end);
      return FOREIGN;
    }
    this.#listener.onText(text);
    return end;
  }
}

/** Applies the mask of four bytes at `maskAt` to what follows it. Returns whether that is ASCII throughout. */
function unmask(bytes: Buffer, maskAt: number, end: number): boolean {
  const m0 = bytes[maskAt] ?? 0;
  const m1 = bytes[maskAt + 1] ?? 0;
  const m2 = bytes[maskAt + 2] ?? 0;
  const m3 = bytes[maskAt + 3] ?? 0;
  let seen = 0;
  let at = maskAt + MASK_BYTES;
  for (; at + 3 < end; at += 4) {
    const b0 = (bytes[at] ?? 0) ^ m0;
    const b1 = (bytes[at + 1] ?? 0) ^ m1;
    const b2 = (bytes[at + 2] ?? 0) ^ m2;
    const b3 = (bytes[at + 3] ?? 0) ^ m3;
    bytes[at] = b0;
    bytes[at + 1] = b1;
    bytes[at + 2] = b2;
    bytes[at + 3] = b3;
    seen |= b0 | b1 | b2 | b3;
  }
  for (let n = 0; at < end; n++, at++) {
    const byte = (bytes[at] ?? 0) ^ (bytes[maskAt + n] ?? 0);
    bytes[at] = byte;
    seen |= byte;
  }
  return seen < 0x80;
}

/** The beginning of an unmasked text frame that is the whole of its message (RFC 6455, 5.2), byte by byte. */
function frameHead(length: number): string {
  if (length < TWO_BYTES_MORE) return String.fromCharCode(TEXT, length);
  if (length < 0x10000) return String.fromCharCode(TEXT, TWO_BYTES_MORE, length >> 8, length & 0xff);
  const bytes = [24, 16, 8, 0].map((shift) => (length >>> shift) & 0xff);
  return String.fromCharCode(TEXT, EIGHT_BYTES_MORE, 0, 0, 0, 0, ...bytes);
}
