import type { CallState } from '../../sessions/session.js';
import type { AgentFault, CallControl } from '../agent.js';
import { CONNECTING, GOODBYE, NO_ANSWER_CONNECTING, NO_ANSWER_GOODBYE } from '../keypad/keypad-prompts.js';
import type { BookingSaid } from './booking-said.js';
import type { ModelConversation } from './model-conversation.js';
import type { OwnWords } from './own-words.js';
import type { ToolRuns } from './tool-runs.js';
import { noteState } from './tools/call-progress.js';

type As = 'transfer' | 'hang_up';

interface Wanted {
  readonly as: As;
  /** In which the model has asked for it; null: it has not. */
  readonly response: string | null;
  /** That response is over, and is heard. */
  isReplied: boolean;
}

interface CallEndingOptions {
  readonly control: Pick<CallControl, 'transfer' | 'hangUp' | 'session' | 'inBackground' | 'fail'>;
  readonly canTransfer: boolean;
  readonly talk: Pick<ModelConversation, 'turns' | 'replies' | 'floor' | 'leave' | 'stay'>;
  readonly words: Pick<OwnWords, 'say'>;
  /** What the caller must have heard before the last words is said now. */
  readonly said: Pick<BookingSaid, 'sayUnsaid'>;
  readonly runs: Pick<ToolRuns, 'isRunning'>;
  /** Nothing plays, or waits to. */
  readonly isQuiet: () => boolean;
  /** The call will end: nobody waits for the caller any more. */
  readonly onBegun: () => void;
}

/**
 * How a call ends for the talking agent: after what the model says in the response in which it ends the call, or after a sentence of ours, and
 * never while the caller speaks. Until the goodbye was heard, who speaks into it takes the hang-up back.
 */
export class CallEnding {
  readonly #options: CallEndingOptions;
  #wanted: Wanted | null = null;
  /** What the model wants in its answer to a caller who speaks into the goodbye. */
  #instead: Wanted | null = null;
  /** The last response in which the model has said something. */
  #spokenIn: string | null = null;
  /** The state of the call before the last words were begun; null: they were not. */
  #before: CallState | null = null;
  /** They were heard to their end. */
  #isHeard = false;
  #isOver = false;

  constructor(options: CallEndingOptions) {
    this.#options = options;
  }

  get isBegun(): boolean {
    return this.#wanted !== null;
  }

  /** `response`: in which the model has asked for it; null: the caller has. */
  leave(as: As, response: string | null): void {
    const { talk, onBegun } = this.#options;
    if (as === 'hang_up' && response !== null && talk.turns.isCut(response)) return;
    const wanted = { as, response, isReplied: response === null || !this.#isOpen(response) };
    if (this.#isInDoubt) this.#instead ??= wanted;
    if (this.#wanted) return;
    this.#wanted = wanted;
    onBegun();
    this.check();
  }

  /** A response is over. `isCut`: no more of it is heard than was. */
  onReply(response: string, hasSpoken: boolean, isCut: boolean): void {
    if (hasSpoken) this.#spokenIn = response;
    const isOf = (wanted: Wanted | null) => wanted?.response === response;
    for (const wanted of [this.#wanted, this.#instead]) if (wanted && isOf(wanted)) wanted.isReplied = true;
    if (isCut && isOf(this.#instead)) this.#instead = null;
    if (isCut && isOf(this.#wanted)) this.onTurn();
    this.check();
  }

  onSpeechStarted(): void {
    if (this.#before !== null && !this.#isOver) this.#options.talk.stay();
  }

  /** The caller has something to say. */
  onTurn(): void {
    const wanted = this.#wanted;
    if (wanted?.as !== 'hang_up' || wanted.response === null || this.#isOver) return;
    this.#wanted = this.#instead;
    this.#instead = null;
    if (this.#before === null) return;
    noteState(this.#options.control.session, this.#before);
    this.#before = null;
    this.#isHeard = false;
    this.#options.talk.stay();
  }

  /** The floor may be free again. */
  onFree(): void {
    const { said, isQuiet } = this.#options;
    // What was cut off is not being said again.
    if (this.#before !== null && !this.#isInDoubt && isQuiet()) said.sayUnsaid();
    this.check();
  }

  /** All that was said is over. `isHeard`: to its end: so were the last words, which may have begun before the call was over. */
  onQuiet(isHeard: boolean): void {
    if (isHeard && this.#before !== null) this.#isHeard = true;
    if (this.#isOver && isHeard) this.#noteHeard();
    else this.check();
  }

  /** Nobody has answered. */
  giveUp(): void {
    if (this.#wanted) return;
    const { canTransfer, onBegun, control } = this.#options;
    const { collected_data } = control.session.data;
    if (!canTransfer) control.session.change({ collected_data: { ...collected_data, unanswered: true } });
    this.#wanted = { as: canTransfer ? 'transfer' : 'hang_up', response: null, isReplied: true };
    onBegun();
    this.#begin(canTransfer ? [NO_ANSWER_CONNECTING] : [NO_ANSWER_GOODBYE, GOODBYE]);
    this.#go();
  }

  /** The model cannot go on: who hears the goodbye needs no other. */
  fail(fault: AgentFault, error?: unknown): void {
    if (this.#before !== null && !this.#isInDoubt) this.#go();
    this.#options.control.fail(fault, error);
  }

  /** Goes on with the end as far as it may. Returns whether the call ends, as far as is known. */
  check(): boolean {
    const wanted = this.#wanted;
    if (!wanted || this.#isInDoubt) return false;
    const { talk, runs, isQuiet } = this.#options;
    const isHangUp = wanted.as === 'hang_up';
    if (this.#isOver || !wanted.isReplied || !talk.floor.isFree || (isHangUp && runs.isRunning)) return true;
    this.#begin();
    if (!isHangUp || isQuiet()) this.#go();
    return true;
  }

  /** This response is under way, or held. */
  #isOpen(response: string): boolean {
    const { turns, replies } = this.#options.talk;
    return turns.activeId === response || replies.isWaiting(response);
  }

  /** The caller speaks into the goodbye. */
  get #isInDoubt(): boolean {
    return this.#before !== null && !this.#isOver && !this.#options.talk.floor.isFree;
  }

  /** The last words, and before them what the caller must have heard; the model is not heard any more. */
  #begin(words: readonly string[] = this.#lastWords): void {
    const { control, words: own, said, talk } = this.#options;
    talk.leave();
    if (this.#before !== null) return;
    this.#before = control.session.data.current_state;
    said.sayUnsaid();
    // Who rings off in the goodbye has heard that the call was over.
    if (this.#wanted?.as === 'hang_up') noteState(control.session, 'completed');
    if (words.length > 0) control.inBackground(own.say(...words));
  }

  get #lastWords(): readonly string[] {
    if (!this.#wanted) return [];
    const { as, response } = this.#wanted;
    if (response !== null && response === this.#spokenIn) return [];
    return [as === 'transfer' ? CONNECTING : GOODBYE];
  }

  #go(): void {
    const { control } = this.#options;
    if (!this.#wanted || this.#isOver) return;
    this.#isOver = true;
    if (this.#isHeard) this.#noteHeard();
    if (this.#wanted.as === 'transfer') control.transfer();
    else control.hangUp();
  }

  #noteHeard(): void {
    const { session } = this.#options.control;
    session.change({ collected_data: { ...session.data.collected_data, last_words_heard: true } });
  }
}
