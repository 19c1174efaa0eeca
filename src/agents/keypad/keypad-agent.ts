import { summarize, withDeadline } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { normalizePhone } from '../../customers/phone-number.js';
import type { CallerDesk } from '../../desk/desk.js';
import type { Sayable, Speak, SpokenPiece } from '../../twilio/spoken-piece.js';
import type { Agent, CallControl, ResponseTrigger } from '../agent.js';
import { awaitConfirmation, confirmBooking } from '../confirmed-booking.js';
import type { ShopAtCall } from '../shop-facts.js';
import { KeypadDesk } from './keypad-desk.js';
import { type MenuEvent, step } from './keypad-menu.js';
import { type Confirmation, HELLO, type MenuEffect, type Step } from './keypad-moves.js';
import { helloTo, type MenuContext, ONE_MOMENT } from './keypad-prompts.js';
import { keysAreSecret, sessionChange } from './keypad-session.js';
import { begin, resume } from './keypad-start.js';
import { INITIAL_STATE, type Lookup, type MenuState } from './keypad-state.js';

/** No key for so long after a prompt was played to its end: the caller did not answer. */
const SILENCE_MS = 8000;
/** Speech, or what is taken for it, gives the caller more time, but no more than that in all: a radio never ends. */
const LISTENING_MS = 30_000;
/** A lookup that takes longer is bridged with a word. */
const MOMENT_MS = 700;
/** A name that takes longer to find and to synthesise is left out of the greeting. */
const HELLO_DEADLINE_MS = 1500;
/** Keys that follow a code so soon belong to it, as the rest of a VIN does. Who has heard that it is wrong begins anew later than that. */
const REST_MS = 1000;
/** The same for `#`, with which many end a number. */
const POUND_MS = 2000;

export interface KeypadAgentOptions {
  readonly control: CallControl;
  /** The desk for this call. */
  readonly desk: CallerDesk;
  readonly speak: Speak;
  /** The shop that the call goes by. */
  readonly shop: ShopAtCall;
  /** A call that is resumed was cut off: no other agent has had it on this stream. */
  readonly isBreak: boolean;
  readonly logger: Logger;
}

/**
 * Leads a caller through the touch-tone menu by voice prompts and keys; who speaks is listened to, but not understood. What happens is decided by the menu's state
 * machine; this class says, asks, waits and writes the session for it.
 */
export class KeypadAgent implements Agent {
  readonly name = 'keypad';
  readonly turnDetection = 'local';
  readonly #options: KeypadAgentOptions;
  readonly #context: MenuContext;
  readonly #desk: KeypadDesk;
  #state: MenuState = INITIAL_STATE;
  /** Counts steps: what an earlier step said has no say in what comes next. */
  #turn = 0;
  #bridgedTicket = 0;
  #said: readonly Sayable[] = [];
  /** When the last key of a code came, or one that belongs to it (monotonic ms). */
  #codeEndedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  /** The caller's time to press a key runs; who speaks is given it anew. */
  #listening = false;
  /** When it ends, whatever is heard (monotonic ms). */
  #listeningUntil = 0;
  #stopped = false;

  constructor(options: KeypadAgentOptions) {
    const { control, desk, logger, shop } = options;
    this.#options = options;
    this.#context = { ...shop, canCallBack: normalizePhone(control.caller.phone) !== null };
    this.#desk = new KeypadDesk({ desk, session: control.session.data, logger });
  }

  // The digits of a code are waited for in silence.
  get mustRespondAfter(): readonly ResponseTrigger[] {
    return this.#state.place.name === 'vin' ? ['start'] : ['start', 'key'];
  }

  get keysAreSecret(): boolean {
    return keysAreSecret(this.#state) || performance.now() - this.#codeEndedAt < REST_MS;
  }

  start(resumed: boolean): void {
    const { control, isBreak } = this.#options;
    this.#take(resumed ? resume(control.session.data, this.#context, isBreak) : begin(this.#context));
  }

  pushAudio(): void {}

  onDigit(digit: string): void {
    const sinceCodeMs = performance.now() - this.#codeEndedAt;
    const isRest = sinceCodeMs < (digit === '#' ? POUND_MS : REST_MS);
    if (isRest && !this.#state.waiting) this.#sayAgain();
    else this.#happen({ type: 'key', key: digit });
    if (isRest || this.#state.waiting?.lookup.kind === 'verify') this.#codeEndedAt = performance.now();
  }

  onSpeechStarted(): void {
    if (this.#listening) this.#awaitKey();
  }

  onSpeechEnded(): void {
    if (this.#listening) this.#awaitKey();
  }

  onFalseStart(unheard: readonly Sayable[]): void {
    if (!this.#stopped) this.#play(unheard);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#hold();
    await this.#desk.release();
  }

  #happen(event: MenuEvent): void {
    if (!this.#stopped) this.#take(step(this.#state, event, this.#context));
  }

  #voiceFailed(error: unknown): void {
    const { logger, control } = this.#options;
    const { call_sid } = control.session.data;
    logger.error({ call_sid, err: summarize(error) }, 'The voice failed; the call is handed over or ended');
    this.#happen({ type: 'voice_failed' });
  }

  #take({ state, effects }: Step): void {
    if (state === this.#state && effects.length === 0) return;
    this.#hold();
    this.#turn += 1;
    this.#state = state;
    this.#writeSession();
    for (const effect of effects) this.#perform(effect);
    if (!effects.some((effect) => effect.do === 'say')) this.#listen();
  }

  #writeSession(): void {
    const { session } = this.#options.control;
    const change = sessionChange(this.#state, session.data);
    if (change) session.change(change);
  }

  #perform(effect: MenuEffect): void {
    const { control } = this.#options;
    switch (effect.do) {
      case 'say':
        return this.#say(this.#spoken(effect.sentences), effect.confirms);
      case 'look_up':
        return this.#lookUp(effect.ticket, effect.lookup);
      case 'release':
        return control.inBackground(this.#desk.release());
      case 'transfer':
        return control.transfer();
      case 'hang_up':
        return control.hangUp();
    }
  }

  #say(pieces: readonly Sayable[], confirms?: Confirmation): void {
    const count = confirms?.sentences ?? 0;
    if (confirms) this.#confirm(confirms, pieces.slice(0, count));
    this.#said = pieces.slice(count);
    this.#play(this.#said);
  }

  /** A key that answers nothing has cut it off. */
  #sayAgain(): void {
    if (this.#stopped || this.#state.place.name === 'over') return;
    this.#turn += 1;
    this.#play(this.#said);
  }

  /** Has a mark of its own: who hangs up in the goodbye after it has heard it. */
  #confirm({ appointment }: Confirmation, pieces: readonly Sayable[]): void {
    const [turn, { control }] = [this.#turn, this.#options];
    awaitConfirmation(control.session);
    const said = control.say(pieces).then(
      ({ completed }) => completed && confirmBooking(appointment, control, this.#options),
      (error) => turn === this.#turn && this.#voiceFailed(error),
    );
    control.inBackground(said);
  }

  #spoken(sentences: readonly (string | typeof HELLO)[]): Sayable[] {
    return sentences.map((sentence, nth) =>
      sentence === HELLO ? this.#hello() : this.#options.speak(sentence, nth),
    );
  }

  #play(pieces: readonly Sayable[]): void {
    const [turn, { control }] = [this.#turn, this.#options];
    this.#hold();
    const said = control.say(pieces).then(
      () => turn === this.#turn && this.#listen(),
      (error) => turn === this.#turn && this.#voiceFailed(error),
    );
    control.inBackground(said);
  }

  #hello(): Promise<SpokenPiece | null> {
    const { desk, speak } = this.#options;
    const piece = desk.firstName().then((name) => (name === null ? null : speak(helloTo(name), 1)));
    return withDeadline(piece, HELLO_DEADLINE_MS, 'Greeting the caller by name').catch(() => null);
  }

  #lookUp(ticket: number, lookup: Lookup): void {
    const wanted = () => !this.#stopped && this.#state.waiting?.ticket === ticket;
    const answered = this.#desk.ask(lookup, wanted).then((answer) => {
      if (answer) this.#happen({ type: 'answer', ticket, answer });
    });
    this.#options.control.inBackground(answered);
  }

  // Nothing more is being said: the caller's time runs, or that of the desk.
  #listen(): void {
    const { place, waiting } = this.#state;
    if (this.#stopped || place.name === 'over') return;
    this.#hold();
    this.#listening = !waiting;
    this.#listeningUntil = performance.now() + LISTENING_MS;
    if (!waiting) this.#awaitKey();
    else if (waiting.ticket !== this.#bridgedTicket)
      this.#timer = this.#options.control.setTimer(() => this.#bridge(waiting.ticket), MOMENT_MS);
  }

  #awaitKey(): void {
    clearTimeout(this.#timer);
    const leftMs = this.#listeningUntil - performance.now();
    this.#timer = this.#options.control.setTimer(
      () => this.#happen({ type: 'silence' }),
      Math.min(SILENCE_MS, leftMs),
    );
  }

  #hold(): void {
    clearTimeout(this.#timer);
    this.#listening = false;
  }

  #bridge(ticket: number): void {
    this.#bridgedTicket = ticket;
    this.#say([this.#options.speak(ONE_MOMENT)]);
  }
}
