import { type AudioType, bytesPerMs, levelOf } from './formats.js';

const FRAME_MS = 20;
/** So much speech in a row begins a turn. */
const START_MS = 60;
/** The level that is speech at a threshold of 0.5: -35 dB of full scale. */
const LEVEL_AT_HALF = 0.0178;

export interface DetectorSettings {
  readonly threshold: number;
  readonly silenceMs: number;
  readonly prefixMs: number;
}

export type Detected =
  | { readonly kind: 'started'; readonly atMs: number }
  /** `atMs`: the end of the audio of the turn, the silence behind it included. */
  | { readonly kind: 'stopped'; readonly atMs: number };

/** Finds the caller's turns by level, in the time of the audio that came. */
export class VoiceDetector {
  readonly #type: AudioType;
  #rest: Uint8Array = Buffer.alloc(0);
  #nowMs: number;
  #loudMs = 0;
  #quietMs = 0;
  #speaking = false;

  /** `nowMs`: how much audio of the session came before. */
  constructor(type: AudioType, nowMs: number) {
    this.#type = type;
    this.#nowMs = nowMs;
  }

  push(audio: Uint8Array, settings: DetectorSettings): Detected[] {
    const frameBytes = FRAME_MS * bytesPerMs(this.#type);
    const bytes = this.#rest.length === 0 ? audio : Buffer.concat([this.#rest, audio]);
    const found: Detected[] = [];
    let at = 0;
    for (; at + frameBytes <= bytes.length; at += frameBytes) {
      const detected = this.#frame(levelOf(bytes.subarray(at, at + frameBytes), this.#type), settings);
      if (detected) found.push(detected);
    }
    this.#rest = Buffer.from(bytes.subarray(at));
    return found;
  }

  /** The turn was ended by somebody else: the next speech begins another. */
  reset(): void {
    this.#speaking = false;
    this.#loudMs = 0;
    this.#quietMs = 0;
  }

  #frame(level: number, { threshold, silenceMs, prefixMs }: DetectorSettings): Detected | null {
    this.#nowMs += FRAME_MS;
    const loud = level > LEVEL_AT_HALF * 2 * threshold;
    this.#loudMs = loud ? this.#loudMs + FRAME_MS : 0;
    this.#quietMs = loud ? 0 : this.#quietMs + FRAME_MS;
    if (!this.#speaking && this.#loudMs >= START_MS) {
      this.#speaking = true;
      return { kind: 'started', atMs: Math.max(0, this.#nowMs - this.#loudMs - prefixMs) };
    }
    if (!this.#speaking || this.#quietMs < silenceMs) return null;
    this.reset();
    return { kind: 'stopped', atMs: this.#nowMs };
  }
}
