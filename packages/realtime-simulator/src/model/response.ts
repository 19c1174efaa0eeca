import { setTimeout as wait } from 'node:timers/promises';
import type { RealtimeResponse } from 'openai/resources/realtime/realtime';
import { bytesPerMs, fromMulaw } from '../audio/formats.js';
import { type Speak, type Spoken, silence } from '../audio/tone-voice.js';
import { sentenceOf } from '../error.js';
import type { Ids } from '../protocol/ids.js';
import type { SessionSettings } from '../protocol/session-settings.js';
import type { Send, WireItem } from '../protocol/wire.js';
import type { Action, Failure, Pace } from '../script/script.js';
import type { Conversation } from './conversation.js';
import { CallOutput, MessageOutput, type OutputPlace } from './output.js';
import { SpokenWords, type WordTime } from './spoken-words.js';
import { failureOf, type InputSize, rateLimits, usageOf } from './usage.js';

export type Ending =
  | { readonly status: 'completed' }
  | { readonly status: 'cancelled'; readonly reason: 'client_cancelled' | 'turn_detected' }
  | { readonly status: 'incomplete'; readonly reason: 'content_filter' | 'max_output_tokens' }
  | { readonly status: 'failed'; readonly failure: Failure };

export interface ResponseContext {
  readonly send: Send;
  readonly flushed: () => Promise<void>;
  readonly ids: Ids;
  readonly settings: SessionSettings;
  readonly conversation: Conversation | null;
  readonly speak: Speak;
  readonly pace: Pace;
  readonly modality: 'audio' | 'text';
  readonly metadata: RealtimeResponse['metadata'];
  readonly input: InputSize;
  /** An action that breaks something outside of the response. */
  readonly disturb: (action: Action) => void;
  readonly onAudio: () => void;
  readonly onWords: (times: readonly WordTime[]) => void;
  /** `said`: the items in which it has said or called something, be it only the beginning. */
  readonly onOver: (status: Ending['status'], said: readonly string[]) => void;
}

const CHUNK_MS = 200;
const ARGUMENT_LETTERS = 12;

/** One response from `response.created` to its only `response.done`. */
export class ModelResponse {
  readonly id: string;
  readonly beganAt = performance.now();
  readonly #context: ResponseContext;
  readonly #over = new AbortController();
  readonly #done: WireItem[] = [];
  readonly #said: string[] = [];
  #open: MessageOutput | CallOutput | null = null;
  #audioMs = 0;

  constructor(context: ResponseContext) {
    this.#context = context;
    this.id = context.ids.next('resp');
    context.send({ type: 'response.created', response: this.#wire('in_progress') });
    context.send({ type: 'rate_limits.updated', rate_limits: rateLimits() });
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Does what the script says, and completes unless it was ended on the way. */
  async run(actions: readonly Action[]): Promise<void> {
    try {
      for (const action of actions) {
        if (this.isOver) return;
        await this.#do(action);
      }
      this.end({ status: 'completed' });
    } catch (error) {
      this.end({ status: 'failed', failure: { code: 'server_error', message: sentenceOf(error) } });
    }
  }

  /** Closes what is open and sends `response.done`. The second time it does nothing. */
  end(ending: Ending): void {
    if (this.isOver) return;
    this.#close(ending.status === 'completed' ? 'completed' : 'incomplete');
    this.#over.abort();
    const { status } = ending;
    const details =
      ending.status === 'failed'
        ? { type: ending.status, error: failureOf(ending.failure) }
        : { type: ending.status, ...('reason' in ending ? { reason: ending.reason } : {}) };
    this.#context.onOver(status, this.#said);
    this.#context.send({
      type: 'response.done',
      response: {
        ...this.#wire(status),
        ...(status === 'completed' ? {} : { status_details: details }),
        usage: usageOf(this.#context.input, this.#audioMs, this.#done),
      },
    });
  }

  /** The connection is gone: nothing more is made. */
  abandon(): void {
    this.#over.abort();
  }

  async #do(action: Action): Promise<void> {
    if ('say' in action) {
      if (action.newItem) this.#close('completed');
      return this.#say(action.say, { ...this.#context.pace, ...action });
    }
    if ('text' in action) return this.#write(action.text, this.#context.pace);
    if ('silence' in action) return this.#play({ audio: silence(action.silence) }, '', this.#context.pace);
    if ('call' in action) return this.#call(action.call, action.arguments ?? {}, action.half === true);
    if ('wait' in action) return this.#pause(action.wait);
    if ('fail' in action) return this.end({ status: 'failed', failure: action.fail });
    if ('stop' in action) return this.end({ status: 'incomplete', reason: action.stop });
    this.#context.disturb(action);
  }

  async #say(words: string, pace: Pace): Promise<void> {
    if (this.#context.modality === 'text') return this.#write(words, pace);
    const spoken = await this.#context.speak(words);
    if (!this.isOver) await this.#play('audio' in spoken ? spoken : { audio: spoken }, words, pace);
  }

  async #write(text: string, { tokenMs = 0 }: Pace): Promise<void> {
    const message = this.#message('text');
    for (const piece of tokenMs > 0 ? text.split(/(?<=\s)(?=\S)/) : [text]) {
      if (this.isOver) return;
      message.addWords(piece);
      await this.#pause(tokenMs);
    }
  }

  async #play(spoken: Spoken, text: string, pace: Pace): Promise<void> {
    const message = this.#message('audio');
    const { outputType: type } = this.#context.settings;
    const audio = fromMulaw(spoken.audio, type);
    const chunkBytes = Math.round((pace.chunkMs ?? CHUNK_MS) * bytesPerMs(type));
    const words = new SpokenWords(text, spoken, message.words !== '');
    this.#context.onWords(words.times({ responseId: this.id, itemId: message.id }, message.audioMs));
    await this.#pause(pace.firstAfterMs ?? 0);
    for (let at = 0; at < audio.length && !this.isOver; at += chunkBytes) {
      const chunk = audio.subarray(at, at + chunkBytes);
      message.addWords(words.due((at + chunk.length) / bytesPerMs(type), pace.wordsAheadMs));
      message.addAudio(chunk, type);
      this.#audioMs += chunk.length / bytesPerMs(type);
      this.#context.onAudio();
      if (!pace.burst) await this.#context.flushed();
      await this.#pause(pace.everyMs ?? 0);
    }
    if (!this.isOver) message.addWords(words.rest());
  }

  async #call(name: string, given: Readonly<Record<string, unknown>>, half: boolean): Promise<void> {
    this.#close('completed');
    const call = new CallOutput(this.#place(), name, this.#context.ids.next('call'));
    this.#open = call;
    const text = JSON.stringify(given);
    const end = half ? Math.floor(text.length / 2) : text.length;
    for (let at = 0; at < end && !this.isOver; at += ARGUMENT_LETTERS) {
      call.addArguments(text.slice(at, Math.min(end, at + ARGUMENT_LETTERS)));
      await this.#pause(this.#context.pace.tokenMs ?? 0);
    }
    if (this.isOver) return;
    if (half) this.end({ status: 'cancelled', reason: 'turn_detected' });
    else this.#close('completed');
  }

  /** The message that is open, or a new one. */
  #message(kind: 'audio' | 'text'): MessageOutput {
    if (this.#open instanceof MessageOutput && this.#open.kind === kind) return this.#open;
    this.#close('completed');
    const message = new MessageOutput(this.#place(), kind);
    this.#open = message;
    return message;
  }

  #place(): OutputPlace {
    const { send, conversation, ids } = this.#context;
    const outputIndex = this.#done.length;
    return { send, conversation, responseId: this.id, outputIndex, itemId: ids.next('item') };
  }

  #close(status: 'completed' | 'incomplete'): void {
    const output = this.#open;
    if (!output) return;
    this.#open = null;
    this.#done.push(output.close(status));
    if (output instanceof CallOutput ? status === 'completed' : output.isBegun) this.#said.push(output.id);
  }

  async #pause(ms: number): Promise<void> {
    if (ms > 0) await wait(ms, undefined, { signal: this.#over.signal }).catch(() => undefined);
  }

  #wire(status: 'cancelled' | 'completed' | 'failed' | 'in_progress' | 'incomplete'): RealtimeResponse {
    const { metadata = null, modality } = this.#context;
    const output = [...this.#done];
    return {
      object: 'realtime.response',
      id: this.id,
      status,
      output,
      output_modalities: [modality],
      metadata,
    };
  }
}
