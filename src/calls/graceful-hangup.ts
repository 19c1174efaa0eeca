import type { MediaStream } from '../twilio/media-stream.js';
import type { Playback } from '../twilio/playback.js';

/** When all must have been played, its last mark is waited for so long. */
const LAST_MARK_MS = 2000;
/** Words that are still being made are then waited for so much longer. */
const UNFINISHED_MS = 8000;

/** The end of a call that its agent has decided on: after everything said so far was heard, or must have been. */
export class GracefulHangup {
  readonly #playback: Pick<Playback, 'isIdle' | 'isAwaitingAudio' | 'unheardMs'>;
  readonly #guard: MediaStream['guard'];
  readonly #leave: () => void;
  #timer: NodeJS.Timeout | undefined;
  #begun = false;
  #isOver = false;

  /** `leave`: called when the time has come, once or more. */
  constructor(
    playback: Pick<Playback, 'isIdle' | 'isAwaitingAudio' | 'unheardMs'>,
    guard: MediaStream['guard'],
    leave: () => void,
  ) {
    this.#playback = playback;
    this.#guard = guard;
    this.#leave = () => {
      this.#isOver = true;
      leave();
    };
  }

  /** The time has come: nothing more was to be heard. */
  get isOver(): boolean {
    return this.#isOver;
  }

  begin(): void {
    this.#begun = true;
    this.check();
    if (!this.#playback.isIdle) this.#wait(LAST_MARK_MS);
  }

  /** Something was played to its end or cut off: it may have been the last. */
  check(): void {
    if (this.#begun && this.#playback.isIdle) this.#go();
  }

  cancel(): void {
    this.#begun = false;
    clearTimeout(this.#timer);
  }

  #go(): void {
    this.cancel();
    this.#leave();
  }

  // Sentences may still be on their way when the agent says goodbye: what comes moves the end on.
  #wait(graceMs: number): void {
    const onTime = () => {
      const { unheardMs, isAwaitingAudio } = this.#playback;
      if (unheardMs > 0) this.#wait(LAST_MARK_MS);
      else if (isAwaitingAudio && graceMs < UNFINISHED_MS) this.#wait(UNFINISHED_MS);
      else this.#go();
    };
    this.#timer = setTimeout(() => this.#guard(onTime), this.#playback.unheardMs + graceMs);
  }
}
