import { loadSileroModel, type SileroModel, type SileroModelOptions, STATE_SIZE } from './silero-model.js';
import { type SileroWindow, SileroWindows } from './silero-windows.js';
import type { SpeechEvent, VoiceActivity, VoiceActivityFactory } from './voice-activity.js';

export interface SileroDetectorOptions extends SileroModelOptions {
  /** Called with the first fault of a call; a run that failed counts as no speech. What it throws is lost. */
  readonly onFault?: (error: unknown) => void;
}

const SPEECH = 0.5;
const WINDOW_MS = 32;
/** Speech goes on through pauses that are shorter: between words nobody has ended. */
const HANGOVER_MS = 500;
/** About half a second. */
const MOST_WAITING = 15;

/**
 * The stand-in for the built-in detector that also ignores music and metal: Silero VAD of version 5 behind the same guards
 * against tones and echo. One model serves all calls. Needs the package `onnxruntime-node` and the model's file;
 * rejects with a `BAD_CONFIG` {@link GatewayError} that says which is missing.
 */
export async function loadSileroDetector(options: SileroDetectorOptions): Promise<VoiceActivityFactory> {
  return createSileroDetectors(await loadSileroModel(options), options.onFault);
}

/** Detectors over a model that is loaded already. */
export function createSileroDetectors(
  model: SileroModel,
  onFault?: (error: unknown) => void,
): VoiceActivityFactory {
  return (onEvent) => new SileroDetector(model, onEvent, onFault);
}

/**
 * The detector of one call. One run of the model is under way at a time; windows wait for it, half a second at most. When
 * the model is slower than the call, everything that waits but the newest window is given up and counts as no speech.
 */
class SileroDetector implements VoiceActivity {
  readonly #model: SileroModel;
  readonly #windows = new SileroWindows((window) => this.#take(window));
  readonly #verdict: Verdict;
  #waiting: SileroWindow[] = [];
  #isRunning = false;
  /** Changes when windows are given up: what the model then says of an older one comes too late. */
  #round = 0;
  #state: Float32Array = new Float32Array(STATE_SIZE);
  /** Gone after the first fault. */
  #onFault: ((error: unknown) => void) | undefined;

  constructor(
    model: SileroModel,
    onEvent: (event: SpeechEvent) => void,
    onFault: ((error: unknown) => void) | undefined,
  ) {
    this.#model = model;
    this.#onFault = onFault;
    this.#verdict = new Verdict(onEvent);
  }

  push(frame: Uint8Array, timestampMs: number, playingDbfs: number): void {
    this.#windows.push(frame, timestampMs, playingDbfs);
  }

  #take(window: SileroWindow): void {
    if (this.#waiting.length === MOST_WAITING) this.#giveUp();
    this.#waiting.push(window);
    if (!this.#isRunning) void this.#run();
  }

  #giveUp(): void {
    const last = this.#waiting.at(-1);
    this.#waiting = [];
    this.#round += 1;
    if (last) this.#judge(false, last.endMs);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let window = this.#waiting.shift(); window; window = this.#waiting.shift()) {
      const round = this.#round;
      const isSpeech = await this.#isSpeech(window);
      if (round === this.#round) this.#judge(isSpeech, window.endMs);
    }
    this.#isRunning = false;
  }

  async #isSpeech({ samples, isOpen }: SileroWindow): Promise<boolean> {
    try {
      const { probability, state } = await this.#model.run(samples, this.#state);
      this.#state = state;
      return isOpen && probability > SPEECH;
    } catch (error) {
      this.#state = new Float32Array(STATE_SIZE);
      this.#report(error);
      return false;
    }
  }

  #judge(isSpeech: boolean, endMs: number): void {
    try {
      this.#verdict.judge(isSpeech, endMs);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    const onFault = this.#onFault;
    this.#onFault = undefined;
    try {
      onFault?.(error);
    } catch {
      // There is nobody left to tell.
    }
  }
}

/** Two windows of speech in a row are somebody who speaks; half a second without any is the end. */
class Verdict {
  readonly #onEvent: (event: SpeechEvent) => void;
  /** Where the first window of speech began, while the second has not come. */
  #candidateMs: number | null = null;
  #speaking = false;
  #speechUntilMs = Number.NEGATIVE_INFINITY;

  constructor(onEvent: (event: SpeechEvent) => void) {
    this.#onEvent = onEvent;
  }

  judge(isSpeech: boolean, endMs: number): void {
    if (isSpeech) this.#speechUntilMs = endMs;
    if (this.#speaking) this.#endAfterPause(endMs);
    else if (this.#candidateMs !== null) this.#settle(isSpeech, this.#candidateMs);
    else if (isSpeech) this.#suspect(endMs - WINDOW_MS);
  }

  #suspect(atMs: number): void {
    this.#candidateMs = atMs;
    this.#onEvent({ type: 'candidate', atMs });
  }

  #settle(isSpeech: boolean, atMs: number): void {
    this.#candidateMs = null;
    this.#speaking = isSpeech;
    this.#onEvent({ type: isSpeech ? 'accepted' : 'rejected', atMs });
  }

  #endAfterPause(endMs: number): void {
    if (endMs - this.#speechUntilMs < HANGOVER_MS) return;
    this.#speaking = false;
    this.#onEvent({ type: 'ended', atMs: this.#speechUntilMs });
  }
}
