import type { CallControl } from '../agent.js';
import type { ModelRequest } from './model.js';
import { MOMENT_MS } from './tool-runs.js';
import type { CallTools } from './tools/call-tools.js';

/** Keys that follow each other faster are told to the model together. */
const DEBOUNCE_MS = 700;
/** Who is asked for a code and presses nothing for so long does not have it. */
const CODE_MS = 15_000;
const CODE_LENGTH = 4;
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
  #timer: NodeJS.Timeout | undefined;
  /** A code is being looked at. */
  #isVerifying = false;
  #momentTimer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: CallerKeysOptions) {
    this.#options = options;
    // Who had the call before was told of some of them, perhaps.
    if (options.control.session.data.collected_data.code_asked === true) this.#awaitCode();
  }

  /** The keys pressed now prove who calls. */
  get areSecret(): boolean {
    return this.#code !== null || this.#isVerifying;
  }

  /** From now on four digits are a code; `#` or 15 s without a key end that, `*` begins it anew. */
  askForCode(): void {
    this.#noteAsked(true);
    this.#awaitCode();
  }

  /** Keys beyond those of a code, such as the rest of a VIN, go nowhere while it is looked at. */
  press(key: string): void {
    if (this.#isVerifying) return;
    if (this.#code !== null) return this.#pressCode(this.#code, key);
    if (key === '0') return this.#options.control.inBackground(this.#toPerson());
    this.#digits = `${this.#digits}${key}`.slice(-MAX_DIGITS);
    this.#wait(DEBOUNCE_MS, () => this.#tellDigits());
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#momentTimer);
    this.#forget();
  }

  #awaitCode(): void {
    this.#tellDigits();
    this.#code = '';
    this.#wait(CODE_MS, () => this.#giveUp());
  }

  #pressCode(before: string, key: string): void {
    if (key === '#') return this.#giveUp();
    const code = key === '*' ? '' : before + (/^\d$/.test(key) ? key : '');
    this.#code = code;
    if (code.length < CODE_LENGTH) return this.#wait(CODE_MS, () => this.#giveUp());
    this.#forget();
    this.#options.control.inBackground(this.#verify(code));
  }

  #giveUp(): void {
    this.#forget();
    this.#noteAsked(false);
    this.#tell('system', 'The caller did not enter the digits.');
  }

  #tellDigits(): void {
    const digits = this.#digits;
    this.#forget();
    if (digits) this.#tell('user', `The caller pressed ${[...digits].join(' ')}.`);
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#digits = '';
    this.#code = null;
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
    else this.#noteAsked(false);
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
