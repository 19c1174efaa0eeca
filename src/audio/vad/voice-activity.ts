import { BYTES_PER_MS, FRAME_BYTES } from '../mulaw.js';
import { EchoGate } from './echo-gate.js';
import { LevelMeter, NoiseFloor } from './level-meter.js';
import { isTone } from './tone-guard.js';
import { VoiceCues } from './voice-cues.js';
import { logOdds, VoiceEvidence } from './voice-evidence.js';

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
/** So far below the gate a sound is still looked at: it may be the beginning of a word. */
const WORTHWHILE_DB = 6;
/** A frame that repeats itself by that much may be a voice; one by more carries speech on. */
const MAYBE_VOICED = 0.5;
const VOICED = 0.6;
/** A tone is taken to last for two frames more. */
const TONE_FRAMES = 3;
/** Speech goes on through pauses that are shorter: between words nobody has ended. */
export const HANGOVER_MS = 500;
/** What is found in a frame is compared with what was found in those before. */
const REMEMBERED_MS = 80;
/** A word may begin that much before its first voiced sound. */
const CONSONANT_MS = 200;
/** Who interrupts is heeded sooner: our audio stops. */
const UNHEEDED_MS = 1500;
/** Media time that goes back by more begins anew. */
const BACK_MS = 1000;

class VoicedSpeechDetector implements VoiceActivity {
  readonly #onEvent: (event: SpeechEvent) => void;
  readonly #meter = new LevelMeter();
  readonly #floor = new NoiseFloor();
  readonly #echo = new EchoGate();
  readonly #cues = new VoiceCues();
  readonly #evidence = new VoiceEvidence();
  readonly #samples = new Float64Array(FRAME_BYTES);
  #toneFrames = 0;
  #state: 'quiet' | 'candidate' | 'speaking' = 'quiet';
  #onsetMs = 0;
  #acceptedMs = 0;
  /** Whether the caller spoke while nothing of ours could come back. */
  #heardAlone = false;
  #loudSinceMs = 0;
  #loudUntilMs = Number.NEGATIVE_INFINITY;
  #voicedUntilMs = Number.NEGATIVE_INFINITY;
  /** The frame before was taken to go on as the one before it, and not looked at. */
  #wasTaken = false;

  constructor(onEvent: (event: SpeechEvent) => void) {
    this.#onEvent = onEvent;
  }

  push(frame: Uint8Array, timestampMs: number, playingDbfs: number): void {
    const bytes = Math.min(FRAME_BYTES, frame.length);
    if (bytes === 0) return;
    this.#keepTime(timestampMs);
    const level = this.#meter.measure(frame, 0, bytes, this.#samples);
    if (bytes < FRAME_BYTES) this.#samples.fill(0, bytes);
    this.#judge(level, timestampMs, playingDbfs);
    if (this.#state === 'speaking') return this.#follow(level, timestampMs, playingDbfs);
    if (this.#evidence.isAccepted) this.#accept(timestampMs);
    else this.#consider(timestampMs);
    this.#echo.learn(level, playingDbfs, this.#evidence.isNothing);
  }

  /** Speech that falls silent together with us, and one that leaves us speaking, was our own echo. */
  #follow(level: number, timestampMs: number, playingDbfs: number): void {
    const voiced = this.#voicedUntilMs === timestampMs + FRAME_MS;
    if (voiced && playingDbfs === Number.NEGATIVE_INFINITY) this.#heardAlone = true;
    this.#echo.learn(level, playingDbfs, timestampMs - this.#acceptedMs >= UNHEEDED_MS);
    this.#mayEnd(timestampMs + FRAME_MS);
  }

  #judge(level: number, timestampMs: number, playingDbfs: number): void {
    const echo = this.#echo.levelDbfs(playingDbfs);
    this.#floor.push(level, level < echo);
    const gate = Math.max(this.#floor.dbfs + ABOVE_FLOOR_DB, LOWEST_GATE_DBFS, echo);
    const loud = level > gate && this.#floor.known;
    const isInSpeech = this.#isInSpeech(timestampMs);
    this.#wasTaken = isInSpeech && loud && this.#goesOn(timestampMs);
    if (isInSpeech) this.#cues.follow(this.#samples, level, loud && !this.#wasTaken ? VOICED : null);
    else this.#cues.push(this.#samples, level, level > gate - WORTHWHILE_DB);
    if (loud) this.#heardLoud(timestampMs);
    if (this.#toneFrames > 0) this.#toneFrames -= 1;
    if (this.#wasTaken) {
      this.#voicedUntilMs = timestampMs + FRAME_MS;
      return;
    }
    const voiced = loud && this.#mayBeVoice();
    if (voiced && this.#cues.strength > VOICED) this.#voicedUntilMs = timestampMs + FRAME_MS;
    // Who speaks is no noise, voiced or not.
    if (this.#state === 'speaking') return;
    if (voiced) this.#evidence.voiced(logOdds(this.#cues.values), this.#cues.strength);
    else this.#evidence.unvoiced(loud);
  }

  /** Of speech that does not end soon only whether it goes on must be known: no word of it is weighed. */
  #isInSpeech(timestampMs: number): boolean {
    const silentMs = timestampMs + FRAME_MS - this.#voicedUntilMs;
    return this.#state === 'speaking' && silentMs < HANGOVER_MS - REMEMBERED_MS;
  }

  /** Every other frame of speech need not be looked at: what follows a voiced one as loudly is voiced, too, and the look at the next has both in its window. */
  #goesOn(timestampMs: number): boolean {
    return !this.#wasTaken && this.#voicedUntilMs === timestampMs;
  }

  #mayBeVoice(): boolean {
    if (this.#cues.strength <= MAYBE_VOICED) return false;
    if (isTone(this.#samples)) this.#toneFrames = TONE_FRAMES;
    return this.#toneFrames === 0;
  }

  #heardLoud(timestampMs: number): void {
    if (timestampMs - this.#loudUntilMs > 2 * FRAME_MS) this.#loudSinceMs = timestampMs;
    this.#loudUntilMs = timestampMs + FRAME_MS;
  }

  #accept(timestampMs: number): void {
    if (this.#state === 'quiet') this.#begin(timestampMs);
    this.#voicedUntilMs = timestampMs + FRAME_MS;
    this.#acceptedMs = timestampMs;
    this.#heardAlone = false;
    this.#tell('speaking', 'accepted', this.#onsetMs);
  }

  #consider(timestampMs: number): void {
    if (this.#state === 'quiet' && this.#evidence.isCandidate) {
      this.#begin(timestampMs);
      this.#tell('candidate', 'candidate', this.#onsetMs);
    } else if (this.#state === 'candidate' && this.#evidence.isNothing) {
      this.#tell('quiet', 'rejected', this.#onsetMs);
    }
  }

  #begin(timestampMs: number): void {
    this.#onsetMs = Math.max(this.#loudSinceMs, timestampMs - CONSONANT_MS);
  }

  /** Media time that goes back ends what was before; a hole ends what was long enough ago. */
  #keepTime(timestampMs: number): void {
    const jumped = timestampMs < this.#loudUntilMs - BACK_MS;
    if (jumped) this.#loudUntilMs = Number.NEGATIVE_INFINITY;
    if (this.#state === 'speaking') this.#mayEnd(jumped ? Number.POSITIVE_INFINITY : timestampMs);
  }

  #mayEnd(nowMs: number): void {
    if (nowMs - this.#voicedUntilMs < HANGOVER_MS) return;
    this.#evidence.clear();
    if (this.#heardAlone) this.#echo.forget();
    else this.#echo.settle();
    this.#tell('quiet', 'ended', Math.max(this.#onsetMs, this.#voicedUntilMs));
  }

  #tell(state: 'quiet' | 'candidate' | 'speaking', type: SpeechEvent['type'], atMs: number): void {
    this.#state = state;
    this.#onEvent({ type, atMs });
  }
}
