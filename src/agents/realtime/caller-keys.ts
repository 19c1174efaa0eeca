import type { CallControl } from '../agent.js';
import { KeyedDigits } from './keyed-digits.js';
import type { ModelRequest } from './model.js';
import { MOMENT_MS } from './tool-runs.js';
import type { CallTools } from './tools/call-tools.js';

export interface CallerKeysOptions {
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
  readonly #digits: KeyedDigits;
  /** A code is being looked at. */
  #isVerifying = false;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: CallerKeysOptions) {
    this.#options = options;
    const { control } = options;
    this.#digits = new KeyedDigits({
      control,
      onKeys: (digits) => this.#tell('user', `The caller pressed ${[...digits].join(' ')}.`),
      onCode: (digits) => control.inBackground(this.#verify(digits)),
      onNoCode: () => {
        this.#noteAsked(false);
        this.#tell('system', 'The caller did not enter the digits.');
      },
    });
    // Who had the call before was told of some of them, perhaps.
    if (control.session.data.collected_data.code_asked === true) this.#digits.askForCode();
  }

  /** The keys pressed now prove who calls. */
  get areSecret(): boolean {
    return this.#digits.isCode || this.#isVerifying;
  }

  askForCode(): void {
    this.#noteAsked(true);
    this.#digits.askForCode();
  }

  /** Keys beyond those of a code, such as the rest of a VIN, go nowhere while it is looked at. */
  press(key: string): void {
    if (this.#isVerifying) return;
    if (key === '0' && !this.areSecret) this.#options.control.inBackground(this.#toPerson());
    else this.#digits.press(key);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#digits.stop();
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
    this.#timer = control.setTimer(onMoment, MOMENT_MS);
    const { output, result, effect } = await tools.verify(digits);
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#isVerifying = false;
    if (effect?.kind === 'collect_digits') this.askForCode();
    else this.#noteAsked(false);
    const timestamp = new Date().toISOString();
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
