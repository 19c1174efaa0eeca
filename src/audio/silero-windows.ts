import { LevelMeter } from './level-meter.js';
import { BYTES_PER_MS, MULAW_LEVELS, SILENCE } from './mulaw.js';
import { CONTEXT_SAMPLES, WINDOW_SAMPLES } from './silero-model.js';
import { isTone } from './tone-guard.js';

/** What the model hears at once. */
export interface SileroWindow {
  /** The new samples with those of the context before them; full scale is 1. A window of its own, kept by nobody else. */
  readonly samples: Float32Array;
  /** The media time of the end of the window, in ms. */
  readonly endMs: number;
  /** False when it is too soft, no louder than our own echo may be, or a tone: no speech, whatever the model says. */
  readonly isOpen: boolean;
}

const LOWEST_GATE_DBFS = -45;
const ECHO_LOSS_DB = 17;
const LOWEST_ECHO_DBFS = -50;

/** Cuts the frames of one call anew for the model, and guards against what it takes for speech: tones and our own echo. */
export class SileroWindows {
  readonly #onWindow: (window: SileroWindow) => void;
  readonly #meter = new LevelMeter();
  /** Mu-law of the window that is being filled. */
  readonly #bytes = new Uint8Array(WINDOW_SAMPLES);
  readonly #filtered = new Float64Array(WINDOW_SAMPLES);
  #filled = 0;
  /** The loudest of what played during the window. */
  #playingDbfs = Number.NEGATIVE_INFINITY;
  #context = new Float32Array(CONTEXT_SAMPLES);
  #toneFor = 0;

  constructor(onWindow: (window: SileroWindow) => void) {
    this.#onWindow = onWindow;
  }

  /** A frame of mu-law that begins at `timestampMs`; `playingDbfs`: the loudest of our own audio that may be in it. */
  push(frame: Uint8Array, timestampMs: number, playingDbfs: number): void {
    for (let from = 0; from < frame.length; ) {
      const part = frame.subarray(from, from + WINDOW_SAMPLES - this.#filled);
      this.#bytes.set(part, this.#filled);
      this.#filled += part.length;
      this.#playingDbfs = Math.max(this.#playingDbfs, playingDbfs);
      from += part.length;
      if (this.#filled === WINDOW_SAMPLES) this.#finish(timestampMs + from / BYTES_PER_MS);
    }
  }

  #finish(endMs: number): void {
    const window = { samples: this.#samples(), endMs, isOpen: this.#isOpen() };
    this.#filled = 0;
    this.#playingDbfs = Number.NEGATIVE_INFINITY;
    this.#onWindow(window);
  }

  #samples(): Float32Array {
    const samples = new Float32Array(CONTEXT_SAMPLES + WINDOW_SAMPLES);
    samples.set(this.#context);
    for (let i = 0; i < WINDOW_SAMPLES; i++)
      samples[CONTEXT_SAMPLES + i] = MULAW_LEVELS[this.#bytes[i] ?? SILENCE] ?? 0;
    this.#context = samples.subarray(WINDOW_SAMPLES);
    return samples;
  }

  #isOpen(): boolean {
    const level = this.#meter.measure(this.#bytes, 0, WINDOW_SAMPLES, this.#filtered);
    const echo = this.#playingDbfs > LOWEST_ECHO_DBFS ? this.#playingDbfs - ECHO_LOSS_DB : LOWEST_GATE_DBFS;
    this.#toneFor = isTone(this.#filtered) ? 2 : this.#toneFor - 1;
    return level > Math.max(LOWEST_GATE_DBFS, echo) && this.#toneFor <= 0;
  }
}
