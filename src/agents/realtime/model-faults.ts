import type { AgentFault } from '../agent.js';
import { isFatalCode } from './fault-codes.js';
import type { ModelEvent } from './model.js';

/** A model that calls functions so often and says nothing between them is then asked for words alone. */
const MOST_WORDLESS = 5;

type ResponseDone = Extract<ModelEvent, { type: 'response_done' }>;

interface ModelFaultsOptions {
  readonly onFault: (fault: AgentFault) => void;
  /** Another response is wanted in place of one that has failed. */
  readonly retry: () => void;
}

/** How often a model may fail: a response that fails is made once more, and one that says nothing is as good as failed, for the caller waits. */
export class ModelFaults {
  readonly #options: ModelFaultsOptions;
  /** The last response that called a function. */
  #calledIn: string | null = null;
  /** Responses in a row that called functions and said nothing. */
  #wordless = 0;
  /** A response has failed, and none was completed since. */
  #hasFailed = false;

  constructor(options: ModelFaultsOptions) {
    this.#options = options;
  }

  /** It has called one function after the other, and is to tell the caller something. */
  get mustSpeak(): boolean {
    return this.#wordless >= MOST_WORDLESS;
  }

  onFunctionCall(responseId: string): void {
    this.#calledIn = responseId;
  }

  /** A response is over. `isCut`: for the caller it was before. */
  onDone({ responseId, status, reason }: ResponseDone, hasSpoken: boolean, isCut: boolean): void {
    if (status === 'failed' || (!hasSpoken && this.#calledIn !== responseId)) {
      // A response that the server has cut itself is followed by another.
      if (!isCut && status !== 'cancelled') this.onFailed(reason ?? status);
      return;
    }
    this.#hasFailed = false;
    this.#wordless = hasSpoken ? 0 : this.#wordless + 1;
    if (!isCut && this.#wordless > MOST_WORDLESS) this.#options.onFault('lost');
  }

  onFailed(code: string): void {
    const { onFault, retry } = this.#options;
    if (isFatalCode(code)) return onFault('refused');
    if (this.#hasFailed) return onFault('lost');
    this.#hasFailed = true;
    retry();
  }
}
