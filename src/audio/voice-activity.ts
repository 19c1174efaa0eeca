import { LevelMeter } from './level-meter.js';
import { BYTES_PER_MS, FRAME_BYTES } from './mulaw.js';
import { NoiseFloor } from './noise-floor.js';
import { isTone } from './tone-guard.js';
import { Voicing } from './voicing.js';

/** What was found in the caller's audio. Media time is the time of the stream's own timestamps, in ms. */
export interface SpeechEvent {
  /**
   * `candidate`: speech may have begun at `atMs`; `accepted`: the caller speaks since `atMs`; `rejected`: the candidate was
   * none; `ended`: the speech ended at `atMs`, the end of its last voiced frame.
   */
  readonly type: 'candidate' | 'accepted' | 'rejected' | 'ended';
  readonly atMs: number;
}

/** Listens to the caller of one call. */
export interface VoiceActivity {
  /**
   * One frame: 160 bytes of mu-law (20 ms) that begin at `timestampMs` (media time). `playingDbfs`: the loudest 20 ms of our
   * own audio that may be in this frame as echo, -Infinity when there is none. Keeps nothing of the buffer.
   */
  push(frame: Uint8Array, timestampMs: number, playingDbfs: number): void;
}

/**
 * Makes the detector of one call. Events may come in the same turn as the frame or later, in order: each speech is
 * `accepted` and then `ended`, with a `candidate` before it when there was doubt; a `candidate` may end as `rejected`.
 */
export type VoiceActivityFactory = (onEvent: (event: SpeechEvent) => void) => VoiceActivity;

/** The detector that needs no model: looks for the voiced sounds of speech above noise, tones and our own echo. */
export const createVoicedSpeechDetector: VoiceActivityFactory = (onEvent) =>
  new VoicedSpeechDetector(onEvent);

const FRAME_MS = FRAME_BYTES / BYTES_PER_MS;
const ABOVE_FLOOR_DB = 6;
const LOWEST_GATE_DBFS = -45;
const ECHO_LOSS_DB = 17;
const LOWEST_ECHO_DBFS = -50;
const VOICED = 0.6;
/** Speech goes on through pauses that are shorter: between words nobody has ended. */
const HANGOVER_MS = 500;

class VoicedSpeechDetector implements VoiceActivity {
  readonly #onEvent: (event: SpeechEvent) => void;
  readonly #meter = new LevelMeter();
  readonly #floor = new NoiseFloor();
  readonly #voicing = new Voicing();
  readonly #samples = new Float64Array(FRAME_BYTES);
  /** The last four frames, one bit each: was it a voice? */
  #voicedFrames = 0;
  #toneFor = 0;
  #speaking = false;
  #onsetMs = 0;
  #voicedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(onEvent: (event: SpeechEvent) => void) {
    this.#onEvent = onEvent;
  }

  push(frame: Uint8Array, timestampMs: number, playingDbfs: number): void {
    const voiced = this.#isVoiced(frame, playingDbfs);
    this.#voicedFrames = ((this.#voicedFrames << 1) | (voiced ? 1 : 0)) & 15;
    if (voiced) {
      if (timestampMs - this.#voicedUntilMs > 2 * FRAME_MS && !this.#speaking) this.#onsetMs = timestampMs;
      this.#voicedUntilMs = timestampMs + FRAME_MS;
    }
    this.#decide(timestampMs);
  }

  #isVoiced(frame: Uint8Array, playingDbfs: number): boolean {
    const level = this.#meter.measure(frame, 0, Math.min(FRAME_BYTES, frame.length), this.#samples);
    this.#floor.push(level);
    const strength = this.#voicing.push(this.#samples);
    const echo = playingDbfs > LOWEST_ECHO_DBFS ? playingDbfs - ECHO_LOSS_DB : LOWEST_GATE_DBFS;
    const gate = Math.max(this.#floor.dbfs + ABOVE_FLOOR_DB, LOWEST_GATE_DBFS, echo);
    this.#toneFor = isTone(this.#samples) ? 3 : this.#toneFor - 1;
    return this.#floor.known && level > gate && strength > VOICED && this.#toneFor <= 0;
  }

  #decide(timestampMs: number): void {
    if (!this.#speaking && [7, 11, 13, 14, 15].includes(this.#voicedFrames)) {
      this.#speaking = true;
      this.#onEvent({ type: 'accepted', atMs: this.#onsetMs });
    } else if (this.#speaking && timestampMs - this.#voicedUntilMs >= HANGOVER_MS) {
      this.#speaking = false;
      this.#onEvent({ type: 'ended', atMs: this.#voicedUntilMs });
    }
  }
}
