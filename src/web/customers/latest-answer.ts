import { signal } from '@preact/signals';
import { sentenceFor } from '../shell/api.js';

/** For so long nothing more is typed. */
const PAUSE_MS = 150;

type Ask<Question, Answer> = (question: Question, signal: AbortSignal) => Promise<Answer>;

/** Asks what is typed when the typing pauses, and tells the answer to the last question only, however late those to others come. */
export class LatestAnswer<Question, Answer> {
  /** Why the last question was not answered; null when it was. */
  readonly fault = signal<string | null>(null);
  readonly #ask: Ask<Question, Answer>;
  readonly #tell: (answer: Answer) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = new AbortController();

  constructor(ask: Ask<Question, Answer>, tell: (answer: Answer) => void) {
    this.#ask = ask;
    this.#tell = tell;
  }

  /** Asks after a pause. */
  ask(question: Question): void {
    this.stop();
    this.#timer = setTimeout(() => void this.#send(question), PAUSE_MS);
  }

  /** Asks without waiting for a pause; settles when the answer was told, or another question was asked. Never rejects. */
  askNow(question: Question): Promise<void> {
    this.stop();
    return this.#send(question);
  }

  /** Nothing more is told of what was asked. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#asking.abort();
  }

  async #send(question: Question): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const answer = await this.#ask(question, asking.signal);
      if (asking.signal.aborted) return;
      this.#tell(answer);
      this.fault.value = null;
    } catch (error) {
      if (!asking.signal.aborted) this.fault.value = sentenceFor(error);
    }
  }
}
