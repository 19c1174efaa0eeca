import type { SpeechEvent, VoiceActivity, VoiceActivityFactory } from '../../src/audio/vad/voice-activity.js';
import { loadSileroModel, type SileroModel, type SileroModelOptions, STATE_SIZE } from './silero-model.js';
import { SileroVerdict } from './silero-verdict.js';
import { type SileroWindow, SileroWindows } from './silero-windows.js';

export interface SileroDetectorOptions extends SileroModelOptions {
  /** Called with the first fault of a call; a run that failed counts as no speech. What it throws is lost. */
  readonly onFault?: (error: unknown) => void;
}

/** About half a second. */
const MOST_WAITING = 15;

/**
 * A stand-in for the built-in detector: Silero VAD of version 5 behind the same guards
 * against tones and echo. One model serves all calls. Needs the package `onnxruntime-node` and the model's file;
 * rejects with a `BAD_CONFIG` GatewayError that says which is missing.
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
  readonly #verdict: SileroVerdict;
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
    this.#verdict = new SileroVerdict(onEvent);
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
    if (last) this.#judge(last, 0);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let window = this.#waiting.shift(); window; window = this.#waiting.shift()) {
      const round = this.#round;
      const probability = await this.#probability(window);
      if (round === this.#round) this.#judge(window, probability);
    }
    this.#isRunning = false;
  }

  async #probability({ samples }: SileroWindow): Promise<number> {
    try {
      const { probability, state } = await this.#model.run(samples, this.#state);
      this.#state = state;
      return probability;
    } catch (error) {
      this.#state = new Float32Array(STATE_SIZE);
      this.#report(error);
      return 0;
    }
  }

  #judge(window: SileroWindow, probability: number): void {
    try {
      this.#verdict.judge(window, probability);
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
