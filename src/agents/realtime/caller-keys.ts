import { MULAW_LEVELS, SILENCE } from '../../audio/mulaw.js';
import { isTone } from '../../audio/vad/tone-guard.js';
import type { CallControl } from '../agent.js';
import type { ModelRequest } from './model.js';
import { MOMENT_MS } from './tool-runs.js';
import type { CallTools } from './tools/call-tools.js';

/** Keys that follow each other faster are told to the model together. */
const DEBOUNCE_MS = 700;
/** Who was asked for a code, has heard that and presses nothing for so long does not have it. */
const CODE_MS = 30_000;
/** After that a code may still come: somebody has gone to the vehicle. */
const LATE_MS = 60_000;
/** The keys of one number follow each other sooner. */
const PAUSE_MS = 2000;
const CODE_LENGTH = 4;
const KEPT =
  'The caller pressed keys that you are not shown, because they may be digits of the VIN; they are not four. Ask what the caller would like.';
/** More than that in a row says nothing to a model. */
const MAX_DIGITS = 20;

interface CallerKeysOptions {
  readonly control: Pick<CallControl, 'session' | 'setTimer' | 'inBackground'>;
  readonly tools: Pick<CallTools, 'run' | 'verify'>;
  readonly send: (request: Extract<ModelRequest, { type: 'add_text' }>) => void;
  /** The model was told of something that it has to answer. */
  readonly onTold: () => void;
  /** The caller hears nothing, and a code is still looked at. */
  readonly onMoment: () => void;
  /** The caller is to be handed to a person. */
  readonly onPerson: () => void;
}

/** What the keys of a caller do who talks with a model: `0` is the person at once, digits are told to the model, and those of a code to the desk alone. */
export class CallerKeys {
  readonly #options: CallerKeysOptions;
  /** What the model is to be told of next. */
  #digits = '';
  /** The digits of the code so far; null: none is asked for. */
  #code: string | null = null;
  /** What asks for the code has not been heard yet. */
  #isUnheard = false;
  /** Until when a code that was given up may still come (monotonic ms); null: none was. */
  #lateUntil: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** A code is being looked at. */
  #isVerifying = false;
  /** Keys that come before it ends belong to the code before; null: none do. */
  #restTimer: NodeJS.Timeout | null = null;
  #momentTimer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: CallerKeysOptions) {
    this.#options = options;
    // Who had the call before was told of some of them, perhaps.
    if (options.control.session.data.collected_data.code_asked === true) this.#awaitCode();
  }

  /** The keys pressed now prove who calls. */
  get areSecret(): boolean {
    return this.#code !== null || this.#isVerifying || this.#restTimer !== null;
  }

  /** The caller was asked for a code, and is told when that takes too long. */
  get isAwaitingCode(): boolean {
    return this.#code !== null && this.#lateUntil === null;
  }

  /** A code may still come, although it was given up. */
  get isCodeLate(): boolean {
    return this.#lateUntil !== null;
  }

  /** From now on four digits are a code; `*` begins it anew. `#`, or 30 s without a key, end that: but for a minute more the keys stay secret, and four digits are the code. */
  askForCode(): void {
    this.#noteAsked(true);
    this.#awaitCode();
  }

  /** All that was said was heard: who was asked for a code can look for it from now on. */
  onHeard(): void {
    if (!this.#isUnheard) return;
    this.#isUnheard = false;
    if (this.#code !== null && this.#lateUntil === null) this.#wait(CODE_MS, () => this.#giveUp());
  }

  /** Keys behind those of a code, such as the rest of a VIN, go nowhere. */
  press(key: string): void {
    if (this.#isVerifying) return;
    if (this.#restTimer) return this.#awaitRest();
    if (this.#code !== null) return this.#pressCode(this.#code, key);
    if (key === '0') return this.#options.control.inBackground(this.#toPerson());
    this.#digits = `${this.#digits}${key}`.slice(-MAX_DIGITS);
    this.#wait(DEBOUNCE_MS, () => this.#tellDigits());
  }

  /** A frame of the caller as the model may have it: on some lines keys can be heard. */
  withoutTone(frame: Buffer): Buffer {
    if (!this.areSecret) return frame;
    const samples = Float64Array.from(frame, (byte) => MULAW_LEVELS[byte] ?? 0);
    return isTone(samples) ? Buffer.alloc(frame.length, SILENCE) : frame;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#momentTimer);
    this.#forget();
  }

  #awaitCode(): void {
    this.#tellDigits();
    this.#code = '';
    this.#isUnheard = true;
    this.#wait(CODE_MS, () => this.#giveUp());
  }

  #pressCode(before: string, key: string): void {
    const isLate = this.#lateUntil !== null;
    const giveUp = () => (isLate ? this.#onLateKeys() : this.#giveUp());
    if (key === '#') return giveUp();
    const code = key === '*' ? '' : before + (/^\d$/.test(key) ? key : '');
    this.#code = code;
    if (code.length < CODE_LENGTH) return this.#wait(isLate ? PAUSE_MS : CODE_MS, giveUp);
    this.#forget();
    this.#options.control.inBackground(this.#verify(code));
  }

  #giveUp(): void {
    this.#lateUntil = performance.now() + LATE_MS;
    this.#awaitLate(this.#lateUntil);
    this.#tell('system', 'The caller did not enter the digits.');
  }

  #awaitLate(until: number): void {
    this.#code = '';
    this.#wait(Math.max(0, until - performance.now()), () => {
      this.#forget();
      this.#noteAsked(false);
    });
  }

  // Nothing followed them: `0` alone is no code.
  #onLateKeys(): void {
    const keys = this.#code;
    this.#awaitLate(this.#lateUntil ?? 0);
    if (keys === '0') this.#options.control.inBackground(this.#toPerson());
    else this.#tell('system', KEPT);
  }

  #awaitRest(): void {
    this.#forget();
    this.#restTimer = this.#options.control.setTimer(() => this.#forget(), PAUSE_MS);
  }

  #tellDigits(): void {
    const digits = this.#digits;
    this.#forget();
    if (digits) this.#tell('user', `The caller pressed ${[...digits].join(' ')}.`);
  }

  #forget(): void {
    clearTimeout(this.#timer);
    if (this.#restTimer) clearTimeout(this.#restTimer);
    this.#restTimer = null;
    this.#digits = '';
    this.#code = null;
    this.#lateUntil = null;
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = this.#options.control.setTimer(then, ms);
  }

  async #toPerson(): Promise<void> {
    const { tools, send, onPerson } = this.#options;
    const { output, effect } = await tools.run('transfer_to_person', '{}');
    if (this.#isStopped) return;
    if (effect?.kind === 'transfer') return onPerson();
    send({ type: 'add_text', role: 'user', text: 'The caller pressed 0 to speak with a person.' });
    this.#tell('system', output);
  }

  async #verify(digits: string): Promise<void> {
    const { tools, control, onMoment } = this.#options;
    this.#isVerifying = true;
    this.#momentTimer = control.setTimer(onMoment, MOMENT_MS);
    const { output, result, effect } = await tools.verify(digits);
    if (this.#isStopped) return;
    clearTimeout(this.#momentTimer);
    this.#isVerifying = false;
    if (effect?.kind === 'collect_digits') this.askForCode();
    else {
      this.#noteAsked(false);
      this.#awaitRest();
    }
    const timestamp = control.session.timeAt();
    control.session.addTurn({ role: 'function', content: `verify_me: ${result}`, timestamp });
    this.#tell('system', output);
  }

  /** Whoever goes on with the call finds that the caller is keying what the model must not learn. */
  #noteAsked(isAsked: boolean): void {
    const { session } = this.#options.control;
    const { code_asked: _, ...rest } = session.data.collected_data;
    session.change({ collected_data: isAsked ? { ...rest, code_asked: true } : rest });
  }

  #tell(role: 'user' | 'system', text: string): void {
    if (this.#isStopped) return;
    this.#options.send({ type: 'add_text', role, text });
    this.#options.onTold();
  }
}
