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
  readonly #closingMs: number;

  /** `closingMs`: how long the peer takes to answer when the gateway closes the socket. */
  constructor(peer: ReplayPeer, closingMs: number) {
    super();
    this.#peer = peer;
    this.#closingMs = closingMs;
  }

  send(text: string): void {
    if (this.readyState === OPEN) this.#peer.onMessage(text);
  }

  close(code: number): void {
    if (this.readyState !== OPEN) return;
    this.readyState = CLOSING;
    if (this.#closingMs > 0) setTimeout(() => this.#drop(code), this.#closingMs);
    else this.#drop(code);
  }

  terminate(): void {
    this.#drop(1006);
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

  #drop(code: number): void {
    if (this.readyState === CLOSED) return;
    this.#peer.onClose();
    queueMicrotask(() => this.#closed(code));
  }

  #closed(code: number): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.emit('close', code);
  }
}
