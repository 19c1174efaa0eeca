import { BYTES_PER_MS } from '../audio/mulaw.js';
import { PlayoutBuffer } from '../playout-buffer.js';
import type { ServerMessage } from '../server-message.js';
import { SpeechClock } from './speech-clock.js';

/** What the caller hears, and since when. Times are milliseconds since `start` and never go back. */
export class PlayoutMeter {
  readonly #playout: PlayoutBuffer;
  readonly #clock = new SpeechClock();
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

  get pendingMarks(): number {
    return this.#pendingMarks;
  }

  play(message: ServerMessage, nowMs: number): void {
    const sample = sampleOf(nowMs);
    this.#clock.take(message, nowMs);
    if (message.event === 'media') this.#playout.push(message.audio, sample);
    else if (message.event === 'clear') this.#playout.clear(sample);
    else {
      this.#pendingMarks += 1;
      this.#playout.mark(message.name, sample);
    }
  }

  advance(nowMs: number): void {
    this.#playout.advance(sampleOf(nowMs));
  }

  /** For how long the server has been speaking; 0 while it is silent. */
  spokenForMs(nowMs: number): number {
    const spell = this.#clock.spells.at(-1);
    return spell && spell.fromMs <= nowMs && nowMs < spell.toMs ? nowMs - spell.fromMs : 0;
  }

  /** How much of what it said is still to be heard; silence behind it does not count. */
  unheardMs(nowMs: number): number {
    return Math.max(0, (this.#clock.spells.at(-1)?.toMs ?? 0) - nowMs);
  }

  /** For how long the server has been silent with no mark pending; 0 while it is not. */
  quietForMs(nowMs: number): number {
    const lastMs = this.#clock.spells.at(-1)?.toMs ?? 0;
    return this.#pendingMarks > 0 ? 0 : Math.max(0, nowMs - lastMs);
  }
}

function sampleOf(ms: number): number {
  return Math.floor(ms * BYTES_PER_MS);
}
