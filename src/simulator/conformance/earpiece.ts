import { PlayoutBuffer } from '../playout-buffer.js';
import type { ServerMessage } from '../server-message.js';

const BYTES_PER_MS = 8;
/** A hole of so many milliseconds does not end what the server says. */
const HOLE_MS = 200;

/** What the caller hears, and since when. Times are milliseconds since `start` and never go back. */
export class Earpiece {
  readonly #playout: PlayoutBuffer;
  #soundsFrom = 0;
  #soundsUntil = Number.NEGATIVE_INFINITY;
  #pendingMarks = 0;

  /** `onMark`: a mark goes back. */
  constructor(onMark: (name: string) => void) {
    this.#playout = new PlayoutBuffer({
      onPlayed: () => {},
      onMark: (name) => {
        this.#pendingMarks -= 1;
        onMark(name);
      },
    });
  }

  get unplayedMs(): number {
    return this.#playout.queuedBytes / BYTES_PER_MS;
  }

  get pendingMarks(): number {
    return this.#pendingMarks;
  }

  play(message: ServerMessage, nowMs: number): void {
    const sample = sampleOf(nowMs);
    if (message.event === 'clear') {
      this.#playout.clear(sample);
      this.#soundsUntil = Math.min(this.#soundsUntil, nowMs - HOLE_MS);
    } else if (message.event === 'mark') {
      this.#pendingMarks += 1;
      this.#playout.mark(message.name, sample);
    } else {
      this.#playout.push(message.audio, sample);
      if (nowMs > this.#soundsUntil + HOLE_MS) this.#soundsFrom = nowMs;
      this.#soundsUntil = Math.max(this.#soundsUntil, nowMs) + message.audio.length / BYTES_PER_MS;
    }
  }

  advance(nowMs: number): void {
    this.#playout.advance(sampleOf(nowMs));
  }

  /** For how long the server has been heard without a pause; 0 while it is silent. */
  spokenForMs(nowMs: number): number {
    return nowMs < this.#soundsUntil ? nowMs - this.#soundsFrom : 0;
  }

  /** For how long nothing has been heard or waiting; 0 while something is. */
  quietForMs(nowMs: number): number {
    return this.#playout.idle ? Math.max(0, nowMs - Math.max(0, this.#soundsUntil)) : 0;
  }
}

function sampleOf(ms: number): number {
  return Math.floor(ms * BYTES_PER_MS);
}
