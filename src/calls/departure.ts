import type { Playback } from '../twilio/playback.js';

/** Words that are still being made are waited for so long. */
const UNFINISHED_MS = 8000;
/** When all must have been played, its last mark is waited for so long (contract section 5). */
const LAST_MARK_MS = 2000;

/** The end of a call that its agent has decided on: after everything said so far was heard, or must have been. */
export class Departure {
  readonly #playback: Playback;
  readonly #leave: () => void;
  #timer: NodeJS.Timeout | undefined;
  #begun = false;

  /** `leave`: called once, when the time has come. */
  constructor(playback: Playback, leave: () => void) {
    this.#playback = playback;
    this.#leave = leave;
  }

  begin(): void {
    this.#begun = true;
    this.check();
    if (!this.#playback.isIdle) this.#wait();
  }

  /** Something was played to its end or cut off: it may have been the last. */
  check(): void {
    if (this.#begun && this.#playback.isIdle) this.#leave();
  }

  cancel(): void {
    this.#begun = false;
    clearTimeout(this.#timer);
  }

  // Sentences may still be on their way when the agent says goodbye: what comes moves the end on.
  #wait(): void {
    const { unheardMs, isAwaitingAudio } = this.#playback;
    const onTime = () => (isAwaitingAudio && this.#playback.unheardMs > 0 ? this.#wait() : this.#leave());
    this.#timer = setTimeout(onTime, unheardMs + (isAwaitingAudio ? UNFINISHED_MS : LAST_MARK_MS));
  }
}
