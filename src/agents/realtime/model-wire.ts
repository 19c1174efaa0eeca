import { isAscii } from 'node:buffer';
import { isIP, connect as netConnect, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { ARRIVED, TextFrameParser } from '../../core/text-frame-parser.js';

/** Longer ones are left to `ws`; a delta of audio has some 10 kB. */
const LONGEST_TEXT = 0xffff;
const END_OF_HEAD = '\r\n\r\n';
/** Who says more before the handshake is over is read by `ws` alone. */
const LONGEST_HEAD = 16 * 1024;

/**
 * The connection of a model's WebSocket. Text frames that are whole messages pass by `ws`, for which Node makes 64 KB for each read and some
 * objects for each frame; `ws` does all the rest: handshake, ping and pong, close, and from the first frame of another kind on it reads all that follows.
 */
export class ModelWire {
  readonly #url: URL;
  readonly #parser: TextFrameParser;
  #socket: Socket | null = null;
  /** What came of the answer to the handshake; null: it is whole. */
  #head: Buffer | null = Buffer.alloc(0);
  #isOpen = false;
  /** `ws` was open when the answer was whole: what comes behind it begins with a frame. */
  #passesWs = false;

  /** `onText`: the text of a message. */
  constructor(url: string, onText: (text: string) => void) {
    this.#url = new URL(url);
    this.#parser = new TextFrameParser({
      isMasked: false,
      maxText: LONGEST_TEXT,
      onText: (bytes) => onText(bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8')),
      onOther: (bytes) => this.#socket?.push(bytes),
    });
  }

  /** Null before it has begun to connect. */
  get socket(): Socket | null {
    return this.#socket;
  }

  /** What `ws` is to connect with: as it does by itself, but read into one buffer that all connections share. */
  connect(): Socket {
    const callback = (length: number) => {
      this.#arrived(length);
      return true;
    };
    const onread = { buffer: ARRIVED, callback };
    const { protocol, hostname, port } = this.#url;
    const host = hostname.replace(/^\[|\]$/g, '');
    const isSecure = protocol === 'wss:';
    const where = { host, port: Number(port || (isSecure ? 443 : 80)), onread };
    // The types of TLS do not know of `onread`, its documentation does.
    const secure = { ...where, servername: isIP(host) === 0 ? host : '' };
    this.#socket = isSecure ? tlsConnect(secure) : netConnect(where);
    return this.#socket;
  }

  /** The handshake is over. */
  open(): void {
    this.#isOpen = true;
  }

  #arrived(length: number): void {
    if (this.#passesWs) return this.#parser.take(ARRIVED, length);
    const bytes = Buffer.from(ARRIVED.subarray(0, length));
    if (this.#head === null) this.#socket?.push(bytes);
    else this.#readHead(Buffer.concat([this.#head, bytes]));
  }

  // `ws` opens while it is given the end of the head. What stands behind that is the first of the messages, or the text of a refusal.
  #readHead(head: Buffer): void {
    const end = head.indexOf(END_OF_HEAD);
    if (end < 0 && head.length < LONGEST_HEAD) {
      this.#head = head;
      return;
    }
    const length = end < 0 ? head.length : end + END_OF_HEAD.length;
    this.#head = null;
    this.#socket?.push(head.subarray(0, length));
    this.#passesWs = this.#isOpen;
    const rest = head.subarray(length);
    if (rest.length === 0) return;
    if (this.#passesWs) this.#parser.take(rest, rest.length);
    else this.#socket?.push(rest);
  }
}
