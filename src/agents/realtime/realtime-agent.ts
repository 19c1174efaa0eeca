import { BYTES_PER_MS } from '../../audio/mulaw.js';
import { HANGOVER_MS } from '../../audio/vad/voice-activity.js';
import type { Sayable } from '../../twilio/spoken-piece.js';
import type { Heard } from '../../twilio/utterance.js';
import type { Agent, AgentFailure, ResponseTrigger } from '../agent.js';
import { KEYS_FROM_HERE, ONE_MOMENT } from '../keypad/keypad-prompts.js';
import { BookingSaid } from './booking-said.js';
import { CallEnding } from './call-ending.js';
import { CallerKeys } from './caller-keys.js';
import { ModelConversation } from './model-conversation.js';
import { ModelLink } from './model-link.js';
import { OwnWords } from './own-words.js';
import { QuietCaller } from './quiet-caller.js';
import type { RealtimeAgentOptions } from './realtime-agent-options.js';
import type { ReplyItem } from './reply-item.js';
import { ToolRuns } from './tool-runs.js';
import type { ToolEffect } from './tools/tool-answer.js';

/** An onset is accepted as speech about so long after it. */
const ONSET_MS = 300;

/**
 * Lets a caller talk with a voice model. What the model says and when is its own; what is done, what is said to be booked, who the caller is, when
 * it is cut off and how the call ends is decided here.
 */
export class RealtimeAgent implements Agent {
  readonly turnDetection = 'local';
  readonly name = 'realtime';
  readonly #options: RealtimeAgentOptions;
  readonly #link: ModelLink;
  readonly #talk: ModelConversation;
  readonly #tools: ReturnType<RealtimeAgentOptions['makeTools']>;
  readonly #runs: ToolRuns;
  readonly #said: BookingSaid;
  readonly #keys: CallerKeys;
  readonly #quiet: QuietCaller;
  readonly #ending: CallEnding;
  readonly #words: OwnWords;
  #isStopped = false;

  constructor(options: RealtimeAgentOptions) {
    this.#options = options;
    this.#words = new OwnWords({ ...options, onHeard: (isHeard) => this.#onHeard(isHeard) });
    this.#tools = options.makeTools(() => this.#talk.replies.answers);
    this.#link = this.#newLink();
    this.#talk = this.#newConversation();
    this.#runs = this.#newRuns();
    this.#said = this.#newBookingSaid();
    this.#keys = this.#newKeys();
    this.#quiet = new QuietCaller({
      control: options.control,
      isAway: () => this.#keys.isCodeLate,
      onQuiet: () => this.#talk.askWhetherThere(),
      onGone: () => this.#ending.giveUp(),
    });
    this.#ending = this.#newEnding();
  }

  // The digits of a code are waited for in silence. Who is being greeted speaks next.
  get mustRespondAfter(): readonly ResponseTrigger[] {
    const triggers: readonly ResponseTrigger[] = this.#keys.areSecret ? ['speech'] : ['key', 'speech'];
    return this.#options.isBeingGreeted ? triggers : ['start', ...triggers];
  }

  get keysAreSecret(): boolean {
    return this.#keys.areSecret;
  }

  start(resumed: boolean): void {
    this.#link.listen();
    const { seed, control } = this.#options;
    const seeded = seed(resumed).then((requests) => this.#link.tell(requests));
    for (const work of [seeded, this.#greet(resumed, seeded)]) control.inBackground(work);
  }

  pushAudio(frame: Buffer): void {
    this.#talk.gave(frame.length / BYTES_PER_MS);
    this.#link.pushAudio(this.#keys.withoutTone(frame));
  }

  onDigit(digit: string): void {
    this.#talk.replies.onCallerTurn();
    this.#quiet.answered();
    this.#talk.floor.onKey();
    this.#keys.press(digit);
  }

  onInterrupted(heard: Heard): void {
    this.#talk.floor.onInterrupted(heard);
  }

  onSpeechStarted(atMs: number): void {
    this.#quiet.onSpeechStarted();
    this.#ending.onSpeechStarted();
    this.#talk.onSpeechStarted(atMs, ONSET_MS);
  }

  onSpeechEnded(atMs: number): void {
    this.#quiet.onSpeechEnded();
    this.#talk.onSpeechEnded(atMs, HANGOVER_MS);
  }

  onFalseStart(unheard: readonly Sayable[]): void {
    // The model has found words in it, and is at its answer.
    if (!this.#isBusy) this.#talk.resumed.play({ unheard, isUnfinished: false });
  }

  onUnanswered(): void {
    if (!this.#isBusy) this.#talk.askAgain();
  }

  async stop(failure?: AgentFailure): Promise<void> {
    this.#isStopped = true;
    this.#keys.stop();
    this.#quiet.hold();
    this.#runs.stop();
    this.#talk.stop();
    this.#link.close(failure === 'silent' || failure === 'lost' ? 'unanswered' : undefined);
    await this.#tools.release();
  }

  get #isBusy(): boolean {
    return this.#talk.turns.isBusy || this.#runs.isRunning;
  }

  get #isQuiet(): boolean {
    return this.#talk.isQuiet && !this.#runs.isRunning && this.#words.isQuiet;
  }

  /** All that was to be heard so far is over. */
  #onHeard(isHeard: boolean): void {
    if (!this.#isQuiet || this.#isStopped) return;
    if (isHeard) this.#keys.onHeard();
    if (this.#ending.isBegun) this.#ending.onQuiet(isHeard);
    else if (isHeard && !this.#keys.isAwaitingCode) this.#quiet.listen();
  }

  #onEffect(effect: ToolEffect, response: string): void {
    switch (effect.kind) {
      case 'collect_digits':
        return this.#keys.askForCode();
      case 'transfer':
      case 'hang_up':
        return this.#ending.leave(effect.kind, response);
      default:
        return this.#said.wrote(effect, response);
    }
  }

  #onReply(response: string, items: readonly ReplyItem[], isCut: boolean): void {
    if (isCut) this.#said.checkHeard(items);
    else this.#said.check(response, items);
    this.#ending.onReply(response, !isCut && items.length > 0, isCut);
  }

  #onMoment(): void {
    const { speaking } = this.#options.control.session.data;
    if (!speaking && this.#talk.replies.isQuiet && this.#talk.floor.isFree)
      this.#options.control.inBackground(this.#words.say(ONE_MOMENT));
  }

  async #greet(resumed: boolean, seeded: Promise<void>): Promise<void> {
    const { text } = await this.#words.play(this.#options.greeting(resumed));
    await seeded;
    if (text) this.#link.send({ type: 'add_text', role: 'assistant', text });
    if (resumed && !this.#options.isBeingGreeted) this.#talk.want();
  }

  #newLink(): ModelLink {
    return new ModelLink({
      open: this.#options.openSession,
      leftMs: this.#options.leftMs,
      onSpent: () => {
        this.#talk.leave();
        return this.#words.say(KEYS_FROM_HERE);
      },
      seed: () => this.#options.seed(true),
      onRenewed: () => this.#talk.onNewSession(),
      isQuiet: () => this.#isQuiet && this.#talk.isPause && !this.#options.control.session.data.speaking,
      onEvent: (event) => this.#talk.on(event),
      onFault: (fault, error) => this.#ending.fail(fault, error),
      control: this.#options.control,
    });
  }

  #newConversation(): ModelConversation {
    return new ModelConversation({
      ...this.#options,
      send: (request) => this.#link.send(request),
      onFunctionCall: (call) => this.#runs.call(call),
      onReply: (response, items, isCut) => this.#onReply(response, items, isCut),
      onCallerTurn: () => {
        this.#talk.replies.onCallerTurn();
        this.#quiet.answered();
      },
      onHeard: (isHeard) => this.#onHeard(isHeard),
      words: this.#words,
      isRunning: () => this.#runs.isRunning,
      onResumed: (pieces, heard) => this.#said.onResumed(pieces, heard),
      onTurn: () => this.#ending.onTurn(),
      onFree: () => this.#ending.onFree(),
      onFault: (fault) => this.#ending.fail(fault),
    });
  }

  #newRuns(): ToolRuns {
    return new ToolRuns({
      control: this.#options.control,
      tools: this.#tools,
      send: (request) => this.#link.send(request),
      isCut: (response) => this.#talk.turns.isCut(response),
      onMoment: () => this.#onMoment(),
      onAnswered: () => this.#ending.check() || this.#talk.want(),
      onEffect: (effect, response) => this.#onEffect(effect, response),
    });
  }

  #newBookingSaid(): BookingSaid {
    return new BookingSaid({
      ...this.#options,
      say: (sentence) => this.#words.say(sentence),
      tellModel: (text) => this.#link.send({ type: 'add_text', role: 'system', text }),
    });
  }

  #newKeys(): CallerKeys {
    return new CallerKeys({
      control: this.#options.control,
      tools: this.#tools,
      send: (request) => this.#link.send(request),
      onTold: () => this.#talk.want(),
      onMoment: () => this.#onMoment(),
      onPerson: () => this.#ending.leave('transfer', null),
    });
  }

  #newEnding(): CallEnding {
    return new CallEnding({
      ...this.#options,
      talk: this.#talk,
      words: this.#words,
      said: this.#said,
      runs: this.#runs,
      isQuiet: () => this.#isQuiet,
      onBegun: () => this.#quiet.hold(),
    });
  }
}
