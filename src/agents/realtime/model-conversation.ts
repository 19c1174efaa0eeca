import type { Speak } from '../../twilio/spoken-piece.js';
import type { Heard } from '../../twilio/utterance.js';
import type { AgentFault, CallControl } from '../agent.js';
import { CallerFloor } from './caller-floor.js';
import { CallerTurns } from './caller-turns.js';
import { isFatalCode } from './fault-codes.js';
import type { FunctionCall, ModelEvent, ModelRequest } from './model.js';
import { ModelFaults } from './model-faults.js';
import { ModelTurns, type ResponseWish } from './model-turns.js';
import { Replies } from './replies.js';
import type { ReplyItem } from './reply-item.js';
import { ResumedWords, type ResumedWordsOptions } from './resumed-words.js';

/** What a server has to tell comes within that, or not at all. */
const OVERDUE_MS = 3000;

const ASK_AGAIN =
  'The caller said something that was not understood. Ask in one short sentence what they would like.';
const ASK_WHETHER_THERE =
  'The caller has been silent for a while. Ask in one short sentence whether they are still there.';

type ResponseDone = Extract<ModelEvent, { type: 'response_done' }>;

interface ModelConversationOptions extends Pick<ResumedWordsOptions, 'words' | 'isRunning' | 'onResumed'> {
  readonly control: CallControl;
  readonly speak: Speak;
  /** The server writes down what the caller says. */
  readonly transcribes: boolean;
  readonly send: (request: ModelRequest) => string;
  readonly onFunctionCall: (call: FunctionCall) => void;
  /** See `Replies`. */
  readonly onReply: (responseId: string, items: readonly ReplyItem[], isCut: boolean) => void;
  /** The caller has said something. */
  readonly onCallerTurn: () => void;
  /** All that the model has said is over. `isHeard`: to its end. */
  readonly onHeard: (isHeard: boolean) => void;
  /** See `CallerFloor`. */
  readonly onTurn: () => void;
  readonly onFree: () => void;
  readonly onFault: (fault: AgentFault) => void;
}

/** What the model and the caller say to each other on one call, as the model's server tells it. */
export class ModelConversation {
  readonly turns: ModelTurns;
  readonly replies: Replies;
  readonly floor: CallerFloor;
  readonly resumed: ResumedWords;
  readonly #options: ModelConversationOptions;
  readonly #caller: CallerTurns;
  readonly #faults: ModelFaults;
  /** Milliseconds of the caller that the model was given. */
  #givenMs = 0;
  /** When the caller last stopped speaking (monotonic ms); null once that is answered. */
  #spokenAt: number | null = null;
  /** The server has heard the caller begin to speak, and not stop. */
  #isServerListening = false;
  #isLeaving = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ModelConversationOptions) {
    this.#options = options;
    this.turns = new ModelTurns((request) => options.send(this.#inWords(request)), options.isRunning);
    this.replies = new Replies({
      ...options,
      onFirstAudio: () => this.#onFirstAudio(),
      onQuiet: (heard) => this.#onHeard(heard),
    });
    this.#caller = new CallerTurns(options.control.session);
    this.#faults = new ModelFaults({ ...options, retry: () => this.want() });
    this.resumed = new ResumedWords({ ...options, want: () => this.want() });
    this.floor = new CallerFloor({
      ...options,
      turns: this.turns,
      replies: this.replies,
      isServerListening: () => this.#isServerListening,
      onResume: (cut) => this.resumed.play(cut),
    });
  }

  /** Neither is the model at work nor is anything of it left to be heard. */
  get isQuiet(): boolean {
    return (this.#isLeaving || !this.turns.isBusy) && this.replies.isQuiet;
  }

  /** Nor does the caller speak, of whom another session would hear only the rest. */
  get isPause(): boolean {
    return this.isQuiet && !this.turns.callerHasTurn && !this.#isServerListening;
  }

  /** The model is given so much more of the caller. */
  gave(ms: number): void {
    this.#givenMs += ms;
  }

  /** Another session counts anew. */
  onNewSession(): void {
    this.#givenMs = 0;
    this.#isServerListening = false;
  }

  /** The caller has begun to speak, `forMs` ago. */
  onSpeechStarted(atMs: number, forMs: number): void {
    this.#caller.began(forMs);
    this.floor.onSpeechStarted(atMs);
    this.#watchServer();
  }

  /** The caller has not spoken for `forMs`. */
  onSpeechEnded(atMs: number, forMs: number): void {
    this.#spokenAt = performance.now() - forMs;
    this.floor.onSpeechEnded(atMs);
    this.#watchServer();
  }

  want(wish?: ResponseWish): void {
    if (this.#isLeaving) return;
    this.turns.want(wish);
    // The model may never answer, or fall silent before its first word.
    this.#options.control.mustRespond();
    this.#watchServer();
  }

  /** The caller has made a sound, and nothing came of it. */
  askAgain(): void {
    this.want({ instructions: ASK_AGAIN, tools: false });
  }

  askWhetherThere(): void {
    // What is said now answers nothing, and is no measure of the model.
    this.#spokenAt = null;
    this.want({ instructions: ASK_WHETHER_THERE, tools: false });
  }

  /** The call ends: what the model says from now on nobody hears. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** It goes on after all. Of what is under way the beginning was not heard: it is cut. */
  stay(): void {
    if (!this.#isLeaving || this.#isStopped) return;
    this.#isLeaving = false;
    this.turns.cut();
  }

  /** What is still told or asked for has no effect. */
  stop(): void {
    this.#isLeaving = true;
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.floor.stop();
  }

  on(event: ModelEvent): void {
    if (event.type === 'audio' || event.type === 'words' || event.type === 'words_done')
      return this.replies.on(event, this.#isLeaving || this.turns.isCut(event.responseId));
    this.#onChange(event);
    this.#watchServer();
  }

  #onChange(event: Exclude<ModelEvent, { type: 'audio' | 'words' | 'words_done' }>): void {
    switch (event.type) {
      case 'speech_started':
        this.#isServerListening = true;
        return this.#caller.began(this.#givenMs - event.atMs, event.itemId);
      case 'speech_stopped':
        this.#isServerListening = false;
        return;
      case 'turn_committed':
        return this.#onTurn(event.itemId);
      case 'caller_words':
        this.#caller.words(event.itemId, event.text);
        return this.floor.onWords(event.itemId, event.text);
      case 'caller_words_failed':
        return this.floor.onWords(event.itemId, null);
      case 'response_created':
        return this.turns.onResponseCreated(event.responseId);
      case 'function_call':
        this.#faults.onFunctionCall(event.responseId);
        if (!this.#isLeaving) this.#options.onFunctionCall(event);
        return;
      case 'response_done':
        return this.#onResponseDone(event);
      case 'error':
        return this.#onError(event.requestId, event.code);
    }
  }

  #onTurn(itemId: string): void {
    this.#caller.committed(itemId);
    this.#options.onCallerTurn();
    this.floor.onCommitted(itemId);
  }

  #onResponseDone(response: ResponseDone): void {
    const { responseId, usage } = response;
    if (usage) this.#options.control.report({ usage });
    const isCut = this.#isLeaving || this.turns.isCut(responseId);
    this.#faults.onDone(response, this.replies.done(responseId, isCut), isCut);
    this.turns.onResponseDone(responseId);
  }

  #inWords(request: ModelRequest): ModelRequest {
    return request.type === 'respond' && this.#faults.mustSpeak ? { ...request, tools: false } : request;
  }

  #onError(requestId: string | null, code: string): void {
    const verdict = this.turns.onError(requestId, code);
    if (verdict === 'failed' || isFatalCode(code)) this.#faults.onFailed(code);
  }

  #onFirstAudio(): void {
    if (this.#spokenAt !== null)
      this.#options.control.report({ modelMs: Math.round(performance.now() - this.#spokenAt) });
    this.#spokenAt = null;
  }

  #onHeard({ completed }: Heard): void {
    if (this.isQuiet) this.#options.onHeard(completed);
  }

  #watchServer(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped || !this.turns.isAwaitingServer) return;
    this.#timer = this.#options.control.setTimer(() => {
      this.turns.overdue();
      this.#watchServer();
    }, OVERDUE_MS);
  }
}
