import type { CallControl } from '../agent.js';
import type { FunctionCall, ModelRequest } from './model.js';
import type { CallTools } from './tools/call-tools.js';
import type { ToolEffect } from './tools/tool-answer.js';

/** A function that takes longer is bridged with a word, when nothing else is being said. */
export const MOMENT_MS = 1200;
/** A model calls a few at once; one that calls for ever gets no answer in the desk's time. */
const MOST_RUNNING = 16;
const TOO_MANY = 'Nothing was done: too many functions at once. Wait for the answers to those before.';
/** They write in the appointment book. */
const CHANGES = new Set(['book_appointment', 'move_appointment', 'cancel_appointment']);
const INTERRUPTED =
  'NOT done: the caller interrupted you. Listen to them, and call it again only if they still want it.';
/** In the history stands the name of a function that there is, and no other text of the model. */
const NAME = /^[a-z_]{1,40}$/;

interface ToolRunsOptions {
  readonly control: Pick<CallControl, 'session' | 'setTimer' | 'inBackground'>;
  readonly tools: Pick<CallTools, 'run'>;
  readonly send: (request: Extract<ModelRequest, { type: 'add_output' }>) => void;
  /** Nothing of this response is to be heard any more. */
  readonly isCut: (responseId: string) => boolean;
  /** The caller hears nothing, and a function is still at work. */
  readonly onMoment: () => void;
  /** The last of those that ran has answered: the model can go on. */
  readonly onAnswered: () => void;
  /** What has to be done beside; `responseId`: of the response that called the function. */
  readonly onEffect: (effect: ToolEffect, responseId: string) => void;
}

/** The functions that the model has called on one call: they run beside everything else, and one response follows the last of them. */
export class ToolRuns {
  readonly #options: ToolRunsOptions;
  #running = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: ToolRunsOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#running > 0;
  }

  call(call: FunctionCall): void {
    if (this.#running >= MOST_RUNNING)
      return this.#options.send({ type: 'add_output', callId: call.callId, output: TOO_MANY });
    const { control, onMoment, isCut } = this.#options;
    if (CHANGES.has(call.name) && isCut(call.responseId)) return this.#refuse(call);
    if (this.#running === 0) this.#timer = control.setTimer(onMoment, MOMENT_MS);
    this.#running += 1;
    control.inBackground(this.#run(call));
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #run({ responseId, callId, name, arguments: args }: FunctionCall): Promise<void> {
    const { tools, send, control, onAnswered, onEffect } = this.#options;
    const timestamp = control.session.timeAt();
    const { output, result, effect, late } = await tools.run(name, args);
    if (this.#isStopped) return;
    this.#running -= 1;
    const known = result !== 'unknown' && NAME.test(name) ? name : 'unknown';
    control.session.addTurn({ role: 'function', content: `${known}: ${result}`, timestamp });
    send({ type: 'add_output', callId, output });
    if (effect) onEffect(effect, responseId);
    const afterwards = late?.then((written) => {
      if (written && !this.#isStopped) onEffect(written, responseId);
    });
    if (afterwards) control.inBackground(afterwards);
    if (this.#running > 0) return;
    clearTimeout(this.#timer);
    onAnswered();
  }

  #refuse({ callId, name }: FunctionCall): void {
    const { control, send, onAnswered } = this.#options;
    const timestamp = control.session.timeAt();
    control.session.addTurn({ role: 'function', content: `${name}: refused`, timestamp });
    send({ type: 'add_output', callId, output: INTERRUPTED });
    if (this.#running === 0) onAnswered();
  }
}
