import type { CallControl } from '../agent.js';

/** So long after a reply the caller has said nothing: is there anybody? */
const QUIET_MS = 10_000;
/** Who makes sounds that are no turn, or has gone to the vehicle, is waited for longer, but no more than that: a radio never ends. */
const LISTENING_MS = 30_000;
/** So often the caller is asked; the next time the call ends. */
const MAX_QUESTIONS = 2;

interface QuietCallerOptions {
  readonly control: Pick<CallControl, 'setTimer'>;
  /** The caller may have gone to the vehicle, and not hear the question: it does not count. */
  readonly isAway: () => boolean;
  /** The caller is to be asked whether there is anybody. */
  readonly onQuiet: () => void;
  /** Nobody has answered. */
  readonly onGone: () => void;
}

/**
 * Waits for a caller who says nothing. The time runs from when a reply was heard, by its mark, and by our clock alone: comfort noise on a
 * muted line keeps no call alive.
 */
export class QuietCaller {
  readonly #options: QuietCallerOptions;
  #questions = 0;
  #until = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: QuietCallerOptions) {
    this.#options = options;
  }

  /** It is the caller's turn, from now on. */
  listen(): void {
    this.#until = performance.now() + LISTENING_MS;
    this.#wait(this.#quietMs);
  }

  /** Somebody speaks, or something sounds like it. */
  onSpeechStarted(): void {
    if (this.#timer) this.#wait(LISTENING_MS);
  }

  onSpeechEnded(): void {
    if (this.#timer) this.#wait(this.#quietMs);
  }

  /** It is not the caller's turn. */
  hold(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** The caller has said or keyed something. */
  answered(): void {
    this.#questions = 0;
    this.hold();
  }

  get #quietMs(): number {
    return this.#options.isAway() ? LISTENING_MS : QUIET_MS;
  }

  #wait(ms: number): void {
    this.hold();
    const leftMs = Math.max(0, this.#until - performance.now());
    this.#timer = this.#options.control.setTimer(() => this.#ask(), Math.min(ms, leftMs));
  }

  // The question waits for a line that is never quiet: the time to the next one runs all the same.
  #ask(): void {
    this.#timer = null;
    if (!this.#options.isAway()) this.#questions += 1;
    if (this.#questions > MAX_QUESTIONS) return this.#options.onGone();
    this.#until = performance.now() + LISTENING_MS;
    this.#wait(LISTENING_MS);
    this.#options.onQuiet();
  }
}
