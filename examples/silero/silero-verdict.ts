import { BYTES_PER_MS, FRAME_BYTES } from '../../src/audio/mulaw.js';
import { EchoGate } from '../../src/audio/vad/echo-gate.js';
import type { SpeechEvent } from '../../src/audio/vad/voice-activity.js';
import { WINDOW_MS } from './silero-model.js';
import type { SileroWindow } from './silero-windows.js';

const FRAME_MS = FRAME_BYTES / BYTES_PER_MS;
const SPEECH = 0.5;
const LOWEST_GATE_DBFS = -45;
/** Speech goes on through pauses that are shorter: between words nobody has ended. */
const HANGOVER_MS = 500;
/** Media time that goes back by more begins anew. */
const BACK_MS = 1000;

/**
 * Makes events of what the model says of one window after the other. Two windows of speech in a row are somebody who
 * speaks; half a second without any is the end. Tones and what may be our own echo are no speech, whatever the model says.
 */
export class SileroVerdict {
  readonly #onEvent: (event: SpeechEvent) => void;
  readonly #echo = new EchoGate();
  #state: 'quiet' | 'candidate' | 'speaking' = 'quiet';
  #onsetMs = 0;
  #unlearntMs = 0;
  #speechUntilMs = Number.NEGATIVE_INFINITY;

  constructor(onEvent: (event: SpeechEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** `probability` of speech, 0 to 1; 0 for a window that the model has not judged. */
  judge(window: SileroWindow, probability: number): void {
    const { endMs } = window;
    this.#keepTime(endMs - WINDOW_MS);
    const isSpeech = probability > SPEECH && this.#isOpen(window);
    if (isSpeech) this.#speechUntilMs = Math.max(this.#speechUntilMs, endMs);
    if (this.#state === 'speaking') return this.#mayEnd(endMs);
    if (isSpeech) this.#heardSpeech(endMs - WINDOW_MS);
    else if (this.#state === 'candidate') this.#tell('quiet', 'rejected', this.#onsetMs);
    this.#learn(window);
  }

  #isOpen({ levelDbfs, playingDbfs, isTone }: SileroWindow): boolean {
    return !isTone && levelDbfs > Math.max(LOWEST_GATE_DBFS, this.#echo.levelDbfs(playingDbfs));
  }

  #heardSpeech(startMs: number): void {
    if (this.#state === 'candidate') return this.#tell('speaking', 'accepted', this.#onsetMs);
    this.#onsetMs = startMs;
    this.#tell('candidate', 'candidate', startMs);
  }

  #learn({ levelDbfs, playingDbfs }: SileroWindow): void {
    if (this.#state === 'speaking') return this.#echo.forget();
    // The gate counts time in frames of 20 ms.
    for (this.#unlearntMs += WINDOW_MS; this.#unlearntMs >= FRAME_MS; this.#unlearntMs -= FRAME_MS)
      this.#echo.learn(levelDbfs, playingDbfs, this.#state === 'quiet');
  }

  /** Media time that goes back ends what was before; a hole ends what was long enough ago. */
  #keepTime(startMs: number): void {
    const wentBack = startMs < this.#speechUntilMs - BACK_MS;
    if (this.#state === 'speaking') this.#mayEnd(wentBack ? Number.POSITIVE_INFINITY : startMs);
    const isOver = wentBack || startMs - this.#speechUntilMs >= HANGOVER_MS;
    if (this.#state === 'candidate' && isOver) this.#tell('quiet', 'rejected', this.#onsetMs);
    if (wentBack) this.#speechUntilMs = Number.NEGATIVE_INFINITY;
  }

  #mayEnd(nowMs: number): void {
    if (nowMs - this.#speechUntilMs < HANGOVER_MS) return;
    this.#tell('quiet', 'ended', this.#speechUntilMs);
  }

  #tell(state: 'quiet' | 'candidate' | 'speaking', type: SpeechEvent['type'], atMs: number): void {
    this.#state = state;
    this.#onEvent({ type, atMs });
  }
}
