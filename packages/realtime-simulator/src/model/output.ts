import { type AudioType, bytesPerMs } from '../audio/formats.js';
import type { Send, WireItem } from '../protocol/wire.js';
import type { Conversation, StoredItem } from './conversation.js';

export interface OutputPlace {
  readonly send: Send;
  /** `null`: the response is outside the conversation. */
  readonly conversation: Conversation | null;
  readonly responseId: string;
  readonly outputIndex: number;
  readonly itemId: string;
}

/** One item of a response while it is made. */
export interface Output {
  /** All that closes it, once. */
  close(status: 'completed' | 'incomplete'): WireItem;
}

/** The model's words, as audio with a transcript or as text. */
export class MessageOutput implements Output {
  readonly kind: 'audio' | 'text';
  readonly #place: OutputPlace;
  readonly #part: { item_id: string; response_id: string; output_index: number; content_index: 0 };
  readonly #item: StoredItem;
  #words = '';

  constructor(place: OutputPlace, kind: 'audio' | 'text') {
    this.kind = kind;
    this.#place = place;
    const { itemId: id, responseId: response_id, outputIndex: output_index, send } = place;
    this.#part = { item_id: id, response_id, output_index, content_index: 0 };
    this.#item = begin(place, { id, type: 'message', role: 'assistant', status: 'in_progress', content: [] });
    if (kind === 'audio') this.#item.audioMs = 0;
    const part = kind === 'audio' ? { type: kind, transcript: '' } : { type: kind, text: '' };
    send({ type: 'response.content_part.added', ...this.#part, part });
  }

  get id(): string {
    return this.#place.itemId;
  }

  /** How much audio of it was sent. */
  get audioMs(): number {
    return this.#item.audioMs ?? 0;
  }

  get words(): string {
    return this.#words;
  }

  get isBegun(): boolean {
    return this.audioMs > 0 || this.#words !== '';
  }

  addWords(delta: string): void {
    if (delta === '') return;
    this.#words += delta;
    const type =
      this.kind === 'audio' ? 'response.output_audio_transcript.delta' : 'response.output_text.delta';
    this.#place.send({ type, ...this.#part, delta });
  }

  addAudio(audio: Buffer, format: AudioType): void {
    this.#item.audioMs = (this.#item.audioMs ?? 0) + audio.length / bytesPerMs(format);
    this.#place.send({ type: 'response.output_audio.delta', ...this.#part, delta: audio.toString('base64') });
  }

  close(status: 'completed' | 'incomplete'): WireItem {
    const { send, itemId: id } = this.#place;
    const words = this.#words;
    if (this.kind === 'audio') {
      send({ type: 'response.output_audio.done', ...this.#part });
      send({ type: 'response.output_audio_transcript.done', ...this.#part, transcript: words });
    } else send({ type: 'response.output_text.done', ...this.#part, text: words });
    const part =
      this.kind === 'audio' ? { type: this.kind, transcript: words } : { type: this.kind, text: words };
    send({ type: 'response.content_part.done', ...this.#part, part });
    const content =
      this.kind === 'audio'
        ? { type: 'output_audio' as const, transcript: words }
        : { type: 'output_text' as const, text: words };
    return end(this.#place, this.#item, {
      id,
      type: 'message',
      role: 'assistant',
      status,
      content: [content],
    });
  }
}

/** A function that the model calls. */
export class CallOutput implements Output {
  readonly #place: OutputPlace;
  readonly #item: StoredItem;
  readonly #call: { name: string; call_id: string };
  #arguments = '';

  constructor(place: OutputPlace, name: string, callId: string) {
    this.#place = place;
    this.#call = { name, call_id: callId };
    const { itemId: id } = place;
    this.#item = begin(place, {
      id,
      type: 'function_call',
      status: 'in_progress',
      ...this.#call,
      arguments: '',
    });
  }

  get id(): string {
    return this.#place.itemId;
  }

  addArguments(delta: string): void {
    const { send, itemId: item_id, responseId: response_id, outputIndex: output_index } = this.#place;
    const { call_id } = this.#call;
    this.#arguments += delta;
    send({
      type: 'response.function_call_arguments.delta',
      item_id,
      response_id,
      output_index,
      call_id,
      delta,
    });
  }

  close(status: 'completed' | 'incomplete'): WireItem {
    const { send, itemId: item_id, responseId: response_id, outputIndex: output_index } = this.#place;
    const call = { ...this.#call, arguments: this.#arguments };
    // An interrupted call has this event too, with what there is of its arguments.
    send({ type: 'response.function_call_arguments.done', item_id, response_id, output_index, ...call });
    return end(this.#place, this.#item, { id: item_id, type: 'function_call', status, ...call });
  }
}

function begin(
  { send, conversation, responseId, outputIndex, itemId }: OutputPlace,
  wire: WireItem,
): StoredItem {
  const item: StoredItem = { id: itemId, wire, audioMs: null };
  conversation?.insert(item);
  send({
    type: 'response.output_item.added',
    response_id: responseId,
    output_index: outputIndex,
    item: wire,
  });
  conversation?.announceAdded(item);
  return item;
}

function end(
  { send, conversation, responseId, outputIndex }: OutputPlace,
  item: StoredItem,
  wire: WireItem,
): WireItem {
  item.wire = wire;
  if (conversation?.find(item.id)) conversation.announceDone(item);
  send({ type: 'response.output_item.done', response_id: responseId, output_index: outputIndex, item: wire });
  return wire;
}
