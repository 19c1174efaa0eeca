import type { CallControl } from '../agent.js';
import { CONNECTING, GOODBYE, NO_ANSWER_CONNECTING, NO_ANSWER_GOODBYE } from '../keypad/keypad-prompts.js';
import type { ModelTurns } from './model-turns.js';

type As = 'transfer' | 'hang_up';

/** `response`: in which the model has asked for it; null: it has not. */
interface Wanted {
  readonly as: As;
  readonly response: string | null;
}

interface CallEndingOptions {
  readonly control: Pick<CallControl, 'transfer' | 'hangUp' | 'session'>;
  readonly canTransfer: boolean;
  /** In our own voice, after what is being said. */
  readonly say: (sentences: readonly string[]) => void;
  readonly turns: Pick<ModelTurns, 'activeId' | 'isCut'>;
  /** The call will end: nobody waits for the caller any more. */
  readonly onBegun: () => void;
  /** What the caller must have heard before the last words is to be said now; the model is not heard any more. */
  readonly onLast: () => void;
}

/** How a call ends for the talking agent: after what the model says in the response in which it ends the call, or after a sentence of ours. */
export class CallEnding {
  readonly #options: CallEndingOptions;
  #wanted: Wanted | null = null;
  /** The last response in which the model has said something. */
  #spokenIn: string | null = null;
  #isOver = false;

  constructor(options: CallEndingOptions) {
    this.#options = options;
  }

  get isBegun(): boolean {
    return this.#wanted !== null;
  }

  /** `response`: in which the model has asked for it; null: the caller has. */
  leave(as: As, response: string | null): void {
    if (this.#wanted) return;
    const wanted = { as, response };
    const { turns, onBegun } = this.#options;
    if (this.#isTakenBack(wanted)) return;
    this.#wanted = wanted;
    onBegun();
    if (response === null || turns.activeId !== response) this.#end();
  }

  /** A response is over. */
  onReply(response: string, hasSpoken: boolean): void {
    if (hasSpoken) this.#spokenIn = response;
    if (this.#wanted?.response !== response) return;
    if (this.#isTakenBack(this.#wanted)) this.#wanted = null;
    else this.#end();
  }

  /** All that was said was heard to its end: so were the last words, which may have begun before the call was over. */
  onHeard(): void {
    const { session } = this.#options.control;
    if (!this.#isOver) return;
    session.change({ collected_data: { ...session.data.collected_data, last_words_heard: true } });
  }

  /** Nobody has answered. */
  giveUp(): void {
    if (this.#wanted) return;
    const { canTransfer, onBegun, control } = this.#options;
    const { collected_data } = control.session.data;
    if (!canTransfer) control.session.change({ collected_data: { ...collected_data, unanswered: true } });
    this.#wanted = { as: canTransfer ? 'transfer' : 'hang_up', response: null };
    onBegun();
    this.#end(canTransfer ? [NO_ANSWER_CONNECTING] : [NO_ANSWER_GOODBYE, GOODBYE]);
  }

  /** Who speaks into the goodbye has something to say. */
  #isTakenBack({ as, response }: Wanted): boolean {
    return as === 'hang_up' && response !== null && this.#options.turns.isCut(response);
  }

  #end(words?: readonly string[]): void {
    if (!this.#wanted || this.#isOver) return;
    this.#isOver = true;
    const { as, response } = this.#wanted;
    const { control, say, onLast } = this.#options;
    const hasSpoken = response !== null && response === this.#spokenIn;
    onLast();
    if (words) say(words);
    else if (!hasSpoken) say([as === 'transfer' ? CONNECTING : GOODBYE]);
    if (as === 'transfer') control.transfer();
    else control.hangUp();
  }
}
