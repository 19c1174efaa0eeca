import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export type Direction = 'toServer' | 'toClient';

/** What the network does to all that passes. */
export interface Weather {
  /** Each chunk comes so much later. */
  readonly latencyMs: number;
  /** And up to so much more, by chance. */
  readonly jitterMs: number;
  /** Chunks are cut into pieces of at most so many bytes, each a write of its own. */
  readonly sliceBytes: number;
  /** The share of chunks, 0 to 1, that break their connection instead. */
  readonly resetShare: number;
}

/** One direction of one connection: bytes in order, as late as the weather has them. */
export class TcpLane {
  readonly #to: Socket;
  readonly #weather: () => Weather;
  #line: Promise<void> = Promise.resolve();
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  constructor(to: Socket, weather: () => Weather) {
    this.#to = to;
    this.#weather = weather;
  }

  push(chunk: Buffer): void {
    const { latencyMs, jitterMs } = this.#weather();
    const dueAt = performance.now() + latencyMs + Math.random() * jitterMs;
    this.#line = this.#line.then(() => this.#pass(chunk, dueAt));
  }

  /** Keeps back all that has not left yet. */
  hold(): void {
    this.#gate = new Promise((open) => {
      this.#open = open;
    });
  }

  release(): void {
    this.#open();
    this.#gate = Promise.resolve();
  }

  /** Nothing more will come; settles when all of it has left. The end of a connection is held back like its bytes. */
  async end(): Promise<void> {
    await this.#line;
    await this.#gate;
  }

  async #pass(chunk: Buffer, dueAt: number): Promise<void> {
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await pause(waitMs);
    await this.#gate;
    const { sliceBytes } = this.#weather();
    for (let at = 0; at < chunk.length && this.#to.writable; at += sliceBytes) {
      this.#to.write(chunk.subarray(at, at + sliceBytes));
      // A turn of the event loop between the pieces, or the kernel puts them together again.
      if (at + sliceBytes < chunk.length) await new Promise((turnOver) => setImmediate(turnOver));
    }
  }
}
