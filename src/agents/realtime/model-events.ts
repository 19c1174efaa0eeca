import type { z } from 'zod';
import { parsedJson } from '../../core/json.js';
import { audioDelta } from './audio-delta.js';
import { knownCode } from './fault-codes.js';
import { FunctionCalls } from './function-calls.js';
import type { ModelEvent } from './model.js';
import {
  AnyEvent,
  ArgumentsDoneEvent,
  CallerItemEvent,
  CallerSpeechEvent,
  ErrorEvent,
  OutputItemEvent,
  type PartDelta,
  PartDeltaEvent,
  ResponseEvent,
  SessionUpdatedEvent,
  statusOf,
  TranscriptEvent,
  usageOf,
  type WireSession,
  WordsDoneEvent,
} from './server-events.js';

/** What a message of the server says: to the agent, or to the session itself. */
export type ServerMessage =
  | ModelEvent
  | { readonly type: 'session_created' }
  | { readonly type: 'session_updated'; readonly session: WireSession };

interface ModelEventsOptions {
  /** Audio as the server sends it, in base64, as mu-law at 8 kHz. Each item begins anew. */
  readonly toMulaw: (base64: string, itemId: string) => Buffer;
  /** What the server counts of the audio that it was sent, as ms of the audio that the session was given; null: all so far. */
  readonly givenMs: (serverMs: number | null) => number;
}

type Messages = readonly ServerMessage[];
/** Null: the event is not what the protocol has under its name. */
type Read = Messages | null;

const NOTHING: Messages = [];

/** The messages of one server, in their order. Takes the names of today and those of the beta; what it does not know says nothing. */
export class ModelEvents {
  readonly #options: ModelEventsOptions;
  readonly #calls = new FunctionCalls();
  /** The latest, for servers that do not say which an event belongs to. */
  #responseId: string | null = null;
  #itemId: string | null = null;

  constructor(options: ModelEventsOptions) {
    this.#options = options;
  }

  /** What a text frame says, in order; empty for what is not used; null for garbage. Never throws. */
  read(text: string): Read {
    const audio = audioDelta(text);
    if (audio) return this.#audio(audio);
    const event = parsedJson(text);
    const { data } = AnyEvent.safeParse(event);
    if (!data) return null;
    return this.#readAs(data.type, event);
  }

  // Each under its name of today and that of the beta.
  #readAs(type: string, event: unknown): Read {
    switch (type) {
      case 'session.created':
        return [{ type: 'session_created' }];
      case 'session.updated':
        return read(SessionUpdatedEvent, event, ({ session }) => [{ type: 'session_updated', session }]);
      case 'input_audio_buffer.speech_started':
        return this.#speech('speech_started', event);
      case 'input_audio_buffer.speech_stopped':
        return this.#speech('speech_stopped', event);
      case 'input_audio_buffer.committed':
        return read(CallerItemEvent, event, ({ item_id: itemId }) => [{ type: 'turn_committed', itemId }]);
      case 'conversation.item.input_audio_transcription.completed':
        return callerWords(event);
      case 'conversation.item.input_audio_transcription.failed':
        return read(CallerItemEvent, event, ({ item_id: itemId }) => [
          { type: 'caller_words_failed', itemId },
        ]);
      case 'response.created':
        return this.#responseCreated(event);
      case 'response.done':
        return this.#responseDone(event);
      case 'response.output_item.added':
        return this.#outputAdded(event);
      case 'response.output_item.done':
        return this.#outputDone(event);
      case 'response.function_call_arguments.done':
        return this.#argumentsDone(event);
      case 'error':
        return read(ErrorEvent, event, ({ error }) => {
          const code = knownCode(error?.code ?? error?.type ?? '');
          return [{ type: 'error', code, requestId: error?.event_id ?? null }];
        });
      default:
        return this.#readPart(type, event);
    }
  }

  #readPart(type: string, event: unknown): Read {
    switch (type) {
      case 'response.output_audio.delta':
      case 'response.audio.delta':
        return read(PartDeltaEvent, event, (delta) => this.#audio(delta));
      case 'response.output_audio_transcript.delta':
      case 'response.audio_transcript.delta':
      case 'response.output_text.delta':
      case 'response.text.delta':
        return this.#words(event);
      case 'response.output_audio_transcript.done':
      case 'response.audio_transcript.done':
      case 'response.output_text.done':
      case 'response.text.done':
        return this.#wordsDone(event);
      default:
        return NOTHING;
    }
  }

  #speech(type: 'speech_started' | 'speech_stopped', event: unknown): Read {
    return read(CallerSpeechEvent, event, ({ audio_start_ms, audio_end_ms, item_id: itemId = null }) => {
      const ms = (type === 'speech_started' ? audio_start_ms : audio_end_ms) ?? null;
      return [{ type, atMs: this.#options.givenMs(ms), itemId }];
    });
  }

  #responseCreated(event: unknown): Read {
    return read(ResponseEvent, event, ({ response: { id } }) => {
      if (!id) return null;
      this.#responseId = id;
      this.#itemId = null;
      return [{ type: 'response_created', responseId: id }];
    });
  }

  #outputAdded(event: unknown): Read {
    return read(OutputItemEvent, event, ({ response_id, item }) => {
      const responseId = response_id ?? this.#responseId;
      const { type: kind, id: itemId } = item;
      if (kind !== 'message' && kind !== 'function_call') return NOTHING;
      if (!responseId || !itemId) return null;
      if (kind === 'message') this.#itemId = itemId;
      else this.#calls.note(responseId, itemId, { call_id: item.call_id, name: item.name });
      return NOTHING;
    });
  }

  #outputDone(event: unknown): Read {
    return read(OutputItemEvent, event, ({ response_id, item }) => {
      if (item.type !== 'function_call') return NOTHING;
      const responseId = response_id ?? this.#responseId;
      const itemId = item.id ?? item.call_id;
      return responseId && itemId ? this.#calls.itemDone(responseId, itemId, item) : null;
    });
  }

  #argumentsDone(event: unknown): Read {
    return read(ArgumentsDoneEvent, event, (call) => {
      const responseId = call.response_id ?? this.#responseId;
      const itemId = call.item_id ?? call.call_id;
      if (!responseId || !itemId) return null;
      this.#calls.note(responseId, itemId, call);
      return NOTHING;
    });
  }

  #audio(event: PartDelta): Read {
    const place = this.#placeOf(event);
    if (!place) return null;
    const audio = this.#options.toMulaw(event.delta, place.itemId);
    return audio.length === 0 ? NOTHING : [{ type: 'audio', ...place, audio }];
  }

  #words(event: unknown): Read {
    return read(PartDeltaEvent, event, ({ delta, ...part }) => {
      const place = this.#placeOf(part);
      if (!place) return null;
      return delta === '' ? NOTHING : [{ type: 'words', ...place, delta }];
    });
  }

  #wordsDone(event: unknown): Read {
    return read(WordsDoneEvent, event, ({ transcript, text, ...part }) => {
      const place = this.#placeOf(part);
      const words = transcript ?? text ?? null;
      if (!place) return null;
      return words === null ? NOTHING : [{ type: 'words_done', ...place, text: words }];
    });
  }

  #responseDone(event: unknown): Read {
    return read(ResponseEvent, event, ({ response }) => {
      const responseId = response.id ?? this.#responseId;
      if (!responseId) return null;
      const status = statusOf(response);
      const { status_details: details, usage, output } = response;
      const reason = details?.error?.code ?? details?.reason ?? details?.error?.type ?? null;
      return [
        ...this.#calls.responseDone(responseId, status === 'completed', output ?? []),
        {
          type: 'response_done',
          responseId,
          status,
          reason: reason === null ? null : knownCode(reason),
          usage: usage ? usageOf(usage) : null,
        },
      ];
    });
  }

  #placeOf({ response_id, item_id }: Pick<PartDelta, 'response_id' | 'item_id'>) {
    const responseId = response_id ?? this.#responseId;
    const itemId = item_id ?? this.#itemId;
    return responseId && itemId ? { responseId, itemId } : null;
  }
}

function callerWords(event: unknown): Read {
  return read(TranscriptEvent, event, ({ item_id: itemId, transcript: text }) => [
    { type: 'caller_words', itemId, text },
  ]);
}

function read<T>(schema: z.ZodType<T>, event: unknown, say: (event: T) => Read): Read {
  const { data } = schema.safeParse(event);
  return data === undefined ? null : say(data);
}
