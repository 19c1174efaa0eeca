import { BoundedMap } from '../../core/bounded-map.js';
import type { ModelRequest } from './model.js';

/** What a response is asked for with. Without `instructions` it answers what was said, keyed or given by a tool. */
export type ResponseWish = Omit<Extract<ModelRequest, { type: 'respond' }>, 'type'>;

type TurnRequest = Extract<ModelRequest, { type: 'respond' | 'cancel' }>;

interface Asked {
  readonly requestId: string;
  readonly wish: ResponseWish | null;
  /** The same was asked for before, and the server has not told what became of it. */
  isRepeat: boolean;
  isCut: boolean;
}

/** So many responses that were cut are remembered: late audio of older ones does not come any more. */
const MAX_CUT = 64;

/**
 * Which response of the model is under way, which are asked for and which are cut. A server has one response at a time, makes one by itself
 * for a turn of the caller that ends while there is none, and refuses ours while there is another. So a request waits until the response
 * before it is over, several become one, and a turn that ended during a reply is answered after it.
 *
 * It does no more than send requests: what it is told decides, in the order in which it is told. Events of a server come in the order in
 * which the server worked, and that is what this relies on: a turn that is committed before our response was created, was committed before
 * the server knew of our request.
 */
export class ModelTurns {
  readonly #send: (request: TurnRequest) => string;
  readonly #isRunning: () => boolean;
  #active: { readonly id: string; isCut: boolean } | null = null;
  /** Asked for, and neither created nor refused yet. */
  #asked: Asked | null = null;
  /** The server makes a response by itself for the turn that was committed last; it is to be cut when it appears, or not. */
  #own: { isCut: boolean } | null = null;
  #wish: ResponseWish | null = null;
  /** A turn was committed during a response, which does not answer it. */
  #hasUnansweredTurn = false;
  #callerHasTurn = false;
  /** The server has refused ours for a response that we do not know of. */
  #isBlocked = false;
  readonly #cut = new BoundedMap<string, true>(MAX_CUT);

  /**
   * `send`: gives the request's id, by which an error names it. `isRunning`: a function runs that the model has called; when the last of
   * them has answered, a response is wanted.
   */
  constructor(send: (request: TurnRequest) => string, isRunning = () => false) {
    this.#send = send;
    this.#isRunning = isRunning;
  }

  /** A response is under way, asked for or wished for: the model is at work on what comes next. */
  get isBusy(): boolean {
    return this.isUnderWay || this.#wish !== null || this.#hasUnansweredTurn;
  }

  /** A response that will be heard is under way, or on its way. */
  get isUnderWay(): boolean {
    return [this.#active, this.#asked, this.#own].some((response) => response !== null && !response.isCut);
  }

  /** The caller speaks, and nobody knows yet whether it is a turn. */
  get callerHasTurn(): boolean {
    return this.#callerHasTurn;
  }

  /** The server must tell something: who waits for it in vain calls {@link overdue}. */
  get isAwaitingServer(): boolean {
    return this.#asked !== null || this.#own !== null || this.#isBlocked || this.#active?.isCut === true;
  }

  /** Null: none is. */
  get activeId(): string | null {
    return this.#active?.id ?? null;
  }

  /** Nothing of this response is to be heard any more. */
  isCut(responseId: string): boolean {
    return this.#cut.has(responseId);
  }

  /** A response is wanted. What a response would say of its own accord gives way to one that answers. */
  want(wish: ResponseWish = {}): void {
    if (this.#wish === null || isAnswer(wish)) this.#wish = wish;
    this.#ask();
  }

  /** The caller has begun to speak: nothing is asked for until the turn is committed or given back. */
  callerSpeaks(): void {
    this.#callerHasTurn = true;
    if (this.#wish && !isAnswer(this.#wish)) this.#wish = null;
  }

  /** What the caller said was no turn. */
  callerIsDone(): void {
    this.#callerHasTurn = false;
    this.#ask();
  }

  /** What is under way or on its way is not to be heard: it is cancelled, or will be as soon as it has an id. */
  cut(): void {
    if (this.#active) this.#cancelActive();
    if (this.#asked) this.#asked.isCut = true;
    if (this.#own) this.#own.isCut = true;
  }

  /** The caller's turn is over. While there is no response the server makes one, for all that it was told before. */
  onTurnCommitted(): void {
    this.#callerHasTurn = false;
    if (this.#active) {
      this.#hasUnansweredTurn = true;
      return;
    }
    this.#own = { isCut: false };
    this.#wish = null;
  }

  onResponseCreated(responseId: string): void {
    const isCut = this.#own ? this.#own.isCut : (this.#asked?.isCut ?? false);
    if (this.#own) this.#own = null;
    else this.#asked = null;
    this.#isBlocked = false;
    this.#active = { id: responseId, isCut: false };
    if (isCut) this.#cancelActive();
    else this.#hasUnansweredTurn = false;
  }

  onResponseDone(responseId: string): void {
    this.#isBlocked = false;
    if (this.#active?.id === responseId) this.#active = null;
    this.#ask();
  }

  /** A request failed. `failed`: it was ours for a response, and no other response stands in its way. */
  onError(requestId: string | null, code: string): 'failed' | 'known' | 'unknown' {
    if (code === 'response_cancel_not_active') return 'known';
    const asked = this.#asked;
    if (!asked || asked.requestId !== requestId) return 'unknown';
    this.#asked = null;
    if (code !== 'conversation_already_has_active_response') return asked.isCut ? 'known' : 'failed';
    this.#isBlocked = this.#active === null && this.#own === null;
    // What stands in the way of a repeat is what was asked for first.
    if (!asked.isCut && !asked.isRepeat) this.#wishAgain(asked.wish);
    return 'known';
  }

  /** What the server had to tell did not come in a reasonable time: it makes no responses by itself, or has lost something. */
  overdue(): void {
    if (this.#own && !this.#own.isCut) this.#hasUnansweredTurn = true;
    const isRepeat = this.#asked?.isCut === false;
    if (this.#asked && isRepeat) this.#wishAgain(this.#asked.wish);
    this.#own = null;
    this.#asked = null;
    this.#isBlocked = false;
    if (this.#active?.isCut) this.#active = null;
    this.#ask(isRepeat);
  }

  // A turn alone is answered by the response that stands in the way; without that one, by the next.
  #wishAgain(wish: ResponseWish | null): void {
    if (wish === null) this.#hasUnansweredTurn ||= this.#active === null && this.#own === null;
    else if (this.#wish === null || isAnswer(wish)) this.#wish = wish;
  }

  #ask(isRepeat = false): void {
    const isFree = !this.#active && !this.#asked && !this.#own && !this.#isBlocked;
    if (!isFree || this.#callerHasTurn || !(this.#wish || this.#hasUnansweredTurn)) return;
    const wish = this.#hasUnansweredTurn && this.#wish && !isAnswer(this.#wish) ? null : this.#wish;
    // Without what the function gives the model would guess, and answer once more after it.
    if (!isRepeat && (wish === null || isAnswer(wish)) && this.#isRunning()) return;
    this.#wish = null;
    this.#hasUnansweredTurn = false;
    this.#asked = { requestId: this.#send({ type: 'respond', ...wish }), wish, isRepeat, isCut: false };
  }

  #cancelActive(): void {
    if (!this.#active || this.#active.isCut) return;
    this.#active.isCut = true;
    this.#cut.set(this.#active.id, true);
    this.#send({ type: 'cancel', responseId: this.#active.id });
  }
}

function isAnswer({ instructions }: ResponseWish): boolean {
  return instructions === undefined;
}
