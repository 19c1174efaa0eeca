/** For so long nothing more is typed. */
const PAUSE_MS = 150;

interface LatestAnswerOptions<Question, Answer> {
  readonly ask: (question: Question, signal: AbortSignal) => Promise<Answer>;
  readonly tell: (answer: Answer) => void;
  /** Never called with what became of a question that is not the last one any more. */
  readonly fail: (error: unknown) => void;
}

/** Asks what is typed when the typing pauses, and tells the answer to the last question only, however late those to others come. */
export class LatestAnswer<Question, Answer> {
  readonly #options: LatestAnswerOptions<Question, Answer>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = new AbortController();

  constructor(options: LatestAnswerOptions<Question, Answer>) {
    this.#options = options;
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
      const answer = await this.#options.ask(question, asking.signal);
      if (!asking.signal.aborted) this.#options.tell(answer);
    } catch (error) {
      if (!asking.signal.aborted) this.#options.fail(error);
    }
  }
}
