import { EventEmitter } from 'node:events';
import type { StreamSocket } from '../../src/twilio/stream-sides.js';

const [OPEN, CLOSING, CLOSED] = [1, 2, 3];

/** A WebSocket without a network: the test plays the peer. */
export class FakeSocket extends EventEmitter implements StreamSocket {
  readyState = OPEN;
  bufferedAmount = 0;
  /** What was sent, in order, as it went out. */
  readonly sent: string[] = [];
  readonly closes: { readonly code: number; readonly reason: string }[] = [];
  terminated = false;
  pings = 0;
  /** The peer answers pings, as every WebSocket does that is alive. */
  answersPings = false;
  /** For how long it was told last that it may read later (ms). */
  readLaterMs: number | null = null;
  /** The peer answers a close as it should, and at once; else only `terminate` ends the socket. */
  answersClose: boolean;

  constructor({ answersClose = true } = {}) {
    super();
    this.answersClose = answersClose;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  readLater(ms: number): void {
    this.readLaterMs = ms;
  }

  close(code: number, reason: string): void {
    this.closes.push({ code, reason });
    this.readyState = CLOSING;
    if (this.answersClose) queueMicrotask(() => this.lose(code));
  }

  ping(): void {
    this.pings += 1;
    if (this.answersPings) queueMicrotask(() => this.emit('pong'));
  }

  terminate(): void {
    this.terminated = true;
    queueMicrotask(() => this.lose(1006));
  }

  /** The messages sent so far, decoded. */
  get messages(): Record<string, unknown>[] {
    return this.sent.map((text) => JSON.parse(text));
  }

  /** The names of the marks sent so far. */
  get marks(): string[] {
    return this.messages.flatMap(({ mark }) =>
      typeof mark === 'object' && mark !== null && 'name' in mark ? [String(mark.name)] : [],
    );
  }

  /** A text frame comes in; its bytes are others' afterwards. */
  receive(message: unknown): void {
    const bytes = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
    this.emit('message', bytes, false);
    bytes.fill(0xaa);
  }

  receiveBinary(bytes: Buffer): void {
    this.emit('message', bytes, true);
  }

  /** The connection is gone. */
  lose(code = 1006): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.emit('close', code);
  }
}
