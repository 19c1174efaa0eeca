import { BYTES_PER_MS, MULAW_LEVELS, SILENCE } from '../../src/audio/mulaw.js';
import { LevelMeter } from '../../src/audio/vad/level-meter.js';
import { isTone } from '../../src/audio/vad/tone-guard.js';
import { CONTEXT_SAMPLES, WINDOW_SAMPLES } from './silero-model.js';

/** What the model hears at once. */
export interface SileroWindow {
  /** The new samples with those of the context before them; full scale is 1. A window of its own, kept by nobody else. */
  readonly samples: Float32Array;
  /** The media time of the end of the window, in ms. */
  readonly endMs: number;
  /** After a high-pass. */
  readonly levelDbfs: number;
  /** The loudest of our own audio that may be in it as echo; -Infinity when there is none. */
  readonly playingDbfs: number;
  /** A signalling tone, or right after one. */
  readonly isTone: boolean;
}

/** A tone is taken to last for a window more. */
const TONE_WINDOWS = 2;

/** Cuts the frames of one call anew for the model, and tells of each window what guards against tones and echo need. */
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
  #toneWindows = 0;

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
    const levelDbfs = this.#meter.measure(this.#bytes, 0, WINDOW_SAMPLES, this.#filtered);
    const playingDbfs = this.#playingDbfs;
    this.#filled = 0;
    this.#playingDbfs = Number.NEGATIVE_INFINITY;
    this.#onWindow({ samples: this.#samples(), endMs, levelDbfs, playingDbfs, isTone: this.#isTone() });
  }

  #isTone(): boolean {
    this.#toneWindows = isTone(this.#filtered) ? TONE_WINDOWS : Math.max(0, this.#toneWindows - 1);
    return this.#toneWindows > 0;
  }

  #samples(): Float32Array {
    const samples = new Float32Array(CONTEXT_SAMPLES + WINDOW_SAMPLES);
    samples.set(this.#context);
    for (let i = 0; i < WINDOW_SAMPLES; i++)
      samples[CONTEXT_SAMPLES + i] = MULAW_LEVELS[this.#bytes[i] ?? SILENCE] ?? 0;
    this.#context = samples.subarray(WINDOW_SAMPLES);
    return samples;
  }
}
