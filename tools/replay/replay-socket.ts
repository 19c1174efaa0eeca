import { EventEmitter } from 'node:events';
import type { StreamSocket } from '../../src/twilio/stream-sides.js';

const [OPEN, CLOSING, CLOSED] = [1, 2, 3];

/** What Twilio's end of a socket sees. */
export interface ReplayPeer {
  onMessage(text: string): void;
  /** The gateway closes or drops the socket. */
  onClose(): void;
}

/** A socket in this process: what one end sends is at the other end in the same turn. */
export class ReplaySocket extends EventEmitter implements StreamSocket {
  readonly bufferedAmount = 0;
  readyState = OPEN;
  readonly #peer: ReplayPeer;

  constructor(peer: ReplayPeer) {
    super();
    this.#peer = peer;
  }

  send(text: string): void {
    if (this.readyState === OPEN) this.#peer.onMessage(text);
  }

  close(code: number): void {
    if (this.readyState !== OPEN) return;
    this.readyState = CLOSING;
    this.#peer.onClose();
    queueMicrotask(() => this.#closed(code));
  }

  terminate(): void {
    if (this.readyState === OPEN) this.#peer.onClose();
    queueMicrotask(() => this.#closed(1006));
  }

  /** Answered at once, as Twilio does. */
  ping(): void {
    queueMicrotask(() => this.emit('pong'));
  }

  /** A text message of Twilio's. */
  receive(text: string): void {
    if (this.readyState === OPEN) this.emit('message', Buffer.from(text), false);
  }

  /** Twilio's end, or the network, breaks off. */
  lose(): void {
    this.#closed(1006);
  }

  #closed(code: number): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.emit('close', code);
  }
}
