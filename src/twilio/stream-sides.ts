import type { StartMessage } from './messages.js';
import type { StreamEnd } from './stream-observer.js';

/** The part of a WebSocket that a stream needs; `ws` fits it. The bytes of a message may be others' when its listener has returned. */
export interface StreamSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  /** Nothing but ASCII. */
  send(text: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
  ping(): void;
  /** What comes in the next `ms` may be read together, unless something is sent before. Absent: everything is read as it comes. */
  readLater?(ms: number): void;
  on(event: 'message', listener: (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (code: number) => void): unknown;
  on(event: 'pong', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Where a playback sends to: one stream. */
export interface PlaybackOutput {
  sendMedia(audio: Buffer): void;
  sendMark(name: string): void;
  sendClear(): void;
}

/** What a stream tells its call; each method is called in media order and `onEnd` exactly once, last. */
export interface StreamListener {
  onStart(start: StartMessage): void;
  /** `receivedAt`: monotonic ms. */
  onMedia(audio: Buffer, timestampMs: number, receivedAt: number): void;
  onDigit(digit: string): void;
  onMark(name: string): void;
  onEnd(end: StreamEnd): void;
}
