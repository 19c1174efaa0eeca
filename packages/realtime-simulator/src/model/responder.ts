import type { Speak } from '../audio/tone-voice.js';
import { isJsonObject } from '../json.js';
import type { ClientEvent } from '../protocol/client-events.js';
import type { Ids } from '../protocol/ids.js';
import type { SessionSettings } from '../protocol/session-settings.js';
import type { Action, Pace } from '../script/script.js';
import type { Heard, ScriptRules } from '../script/script-rules.js';
import type { Conversation } from './conversation.js';
import type { SessionLink } from './link.js';
import { type Ending, ModelResponse } from './response.js';
import type { WordTime } from './spoken-words.js';
import { UnansweredInput } from './unanswered.js';

export interface ResponderContext {
  readonly link: SessionLink;
  readonly ids: Ids;
  readonly settings: SessionSettings;
  readonly conversation: Conversation;
  readonly rules: ScriptRules;
  readonly speak: Speak;
  readonly pace: Pace;
  /** What a client may not know yet is no breach. */
  readonly graceMs: number;
  readonly heardMs: () => number;
  readonly disturb: (action: Action) => void;
  readonly onWords: (times: readonly WordTime[]) => void;
  readonly responseAfterMs: number;
  readonly cancelAfterMs: number;
}

/** The responses of a session, of which one is active at most. */
export class Responder {
  readonly #context: ResponderContext;
  readonly #timers = new Set<NodeJS.Timeout>();
  #active: ModelResponse | null = null;
  /** A response is on its way that the client has not been told of. */
  #isStarting = false;
  #lastOverAt = Number.NEGATIVE_INFINITY;
  #readMs = 0;
  readonly #unanswered = new UnansweredInput();
  #saidAudio = false;

  constructor(context: ResponderContext) {
    this.#context = context;
  }

  /** After that the voice cannot be changed. */
  get hasSaidAudio(): boolean {
    return this.#saidAudio;
  }

  hearTurn(turn: Heard['turns'][number]): void {
    this.#unanswered.add({ turns: [turn] });
  }

  hearOutput(name: string, output: string): void {
    this.#unanswered.add({ outputs: [{ name, output }] });
  }

  hearItem(text: string): void {
    this.#unanswered.add({ items: [text] });
  }

  /** The client has deleted an item: it may have been the answer to something. */
  forget(itemId: string): void {
    this.#unanswered.deleted(itemId);
  }

  /** The server's own response to a turn; none while another is active, as the protocol has it. */
  answerTurn(): void {
    if (!this.#active && !this.#isStarting) this.#begin({});
  }

  /** The client asks for one. */
  create(event: ClientEvent): void {
    const { link, graceMs } = this.#context;
    const active = this.#active;
    if (!active && !this.#isStarting) return this.#begin(isJsonObject(event.response) ? event.response : {});
    const message = `Conversation already has an active response in progress: ${active?.id ?? 'resp_0'}. Wait until the response is finished before creating a new one.`;
    link.error({ code: 'conversation_already_has_active_response', message }, event);
    // What it was never told of no client can know.
    if (!active || link.isMuted) return;
    const knownForMs = performance.now() - active.beganAt;
    if (knownForMs > graceMs)
      link.breach(
        'response_while_active',
        `${active.id} was announced ${Math.round(knownForMs)} ms before`,
        event,
      );
  }

  cancel(event: ClientEvent): void {
    const { link, graceMs, cancelAfterMs } = this.#context;
    const { response_id: id } = event;
    const active = this.#active;
    if (active && (id === undefined || id === active.id))
      return this.#later(cancelAfterMs, () =>
        active.end({ status: 'cancelled', reason: 'client_cancelled' }),
      );
    const message = 'Cancellation failed: no active response found';
    link.error({ code: 'response_cancel_not_active', message }, event);
    const idleForMs = performance.now() - this.#lastOverAt;
    if (idleForMs > graceMs && !this.#isStarting && !link.isMuted)
      link.breach('cancel_without_response', 'No response was active', event);
  }

  interrupt(): void {
    this.end({ status: 'cancelled', reason: 'turn_detected' });
  }

  end(ending: Ending): void {
    this.#active?.end(ending);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#active?.abandon();
    this.#active = null;
  }

  #begin(request: Readonly<Record<string, unknown>>): void {
    this.#isStarting = true;
    this.#later(this.#context.responseAfterMs, () => this.#announce(request));
  }

  #later(ms: number, act: () => void): void {
    if (ms === 0) return act();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #announce(request: Readonly<Record<string, unknown>>): void {
    this.#isStarting = false;
    const { link, ids, settings, conversation, speak, pace, rules, disturb } = this.#context;
    const asked = typeof request.instructions === 'string' ? request.instructions : '';
    const { instructions = '' } = settings.wire;
    const input = this.#unanswered.take();
    const heard = { ...input, asked, instructions };
    const response = new ModelResponse({
      send: (event) => link.send(event),
      flushed: () => link.flushed(),
      ids,
      settings,
      conversation: request.conversation === 'none' ? null : conversation,
      speak,
      pace,
      modality: modalityOf(request, settings),
      metadata: metadataOf(request),
      input: { audioMs: this.#context.heardMs() - this.#readMs, letters: JSON.stringify(heard).length },
      disturb,
      onWords: this.#context.onWords,
      onAudio: () => {
        this.#saidAudio = true;
      },
      onOver: (status, said) => {
        this.#active = null;
        this.#lastOverAt = performance.now();
        const answer = said.filter((id) => conversation.find(id));
        const isAnswer = answer.length > 0 || (status === 'completed' && said.length === 0);
        if (isAnswer) this.#unanswered.answered(input, answer);
        else this.#unanswered.putBack(input);
      },
    });
    this.#readMs = this.#context.heardMs();
    this.#active = response;
    void response.run(rules.response(heard));
  }
}

function modalityOf(
  { output_modalities: asked }: Readonly<Record<string, unknown>>,
  settings: SessionSettings,
) {
  if (!Array.isArray(asked)) return settings.modality;
  return asked[0] === 'text' ? 'text' : 'audio';
}

function metadataOf({ metadata }: Readonly<Record<string, unknown>>): Record<string, string> | null {
  if (!isJsonObject(metadata)) return null;
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, String(value)]));
}
