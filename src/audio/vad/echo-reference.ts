import { BYTES_PER_MS, FRAME_BYTES } from '../mulaw.js';
import { LevelMeter } from './level-meter.js';

const FRAME_MS = FRAME_BYTES / BYTES_PER_MS;
/** How long our audio may be on its way back as echo; measured to hold for echo delays of 60 to 500 ms. */
const WINDOW_MS = 540;
/** Room for the window and for 740 ms sent ahead. */
const SLOTS = 64;

/**
 * How loud our own audio is that the caller can be hearing: the reference of the echo gate. Times are monotonic
 * milliseconds. Allocates nothing after it was made; audio sent further ahead than 700 ms pushes out older levels.
 */
export class EchoReference {
  readonly #meter = new LevelMeter();
  readonly #startsAt = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
  readonly #dbfs = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
  #next = 0;
  /** When the last of it has sounded; what was cleared included. */
  #soundsUntil = Number.NEGATIVE_INFINITY;

  /** Mu-law of any length that begins to sound at `soundsAtMs`; its level is kept for each 20 ms. */
  sent(audio: Uint8Array, soundsAtMs: number): void {
    this.#soundsUntil = Math.max(this.#soundsUntil, soundsAtMs + audio.length / BYTES_PER_MS + FRAME_MS);
    for (let from = 0; from < audio.length; from += FRAME_BYTES) {
      this.#startsAt[this.#next] = soundsAtMs + from / BYTES_PER_MS;
      this.#dbfs[this.#next] = this.#meter.measure(audio, from, Math.min(from + FRAME_BYTES, audio.length));
      this.#next = (this.#next + 1) % SLOTS;
    }
  }

  /** What would begin to sound after `nowMs` never will. */
  cleared(nowMs: number): void {
    for (let slot = 0; slot < SLOTS; slot++) {
      if ((this.#startsAt[slot] ?? 0) > nowMs) this.#startsAt[slot] = Number.NEGATIVE_INFINITY;
    }
  }

  /** The loudest 20 ms that sounded within the 540 ms before `nowMs`, in dBFS; -Infinity when none did. */
  loudestDbfs(nowMs: number): number {
    let loudest = Number.NEGATIVE_INFINITY;
    // Most of a call is silence of ours: nothing is looked at then.
    if (this.#soundsUntil <= nowMs - WINDOW_MS) return loudest;
    for (let slot = 0; slot < SLOTS; slot++) {
      const startsAt = this.#startsAt[slot] ?? 0;
      const sounded = startsAt <= nowMs && startsAt + FRAME_MS > nowMs - WINDOW_MS;
      if (sounded) loudest = Math.max(loudest, this.#dbfs[slot] ?? loudest);
    }
    return loudest;
  }
}
