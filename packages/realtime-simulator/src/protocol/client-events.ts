import type { ConversationItem, RealtimeClientEvent } from 'openai/resources/realtime/realtime';
import { isJsonObject, parseJson } from '../json.js';
import {
  amount,
  anything,
  type Check,
  either,
  flag,
  integer,
  listOf,
  nullable,
  object,
  oneOf,
  type Problem,
  tagged,
  text,
} from './shape.js';

/** Those of a WebSocket: one more is for WebRTC and SIP. */
type ClientEventType = Exclude<RealtimeClientEvent['type'], 'output_audio_buffer.clear'>;

const tool = tagged('type', {
  function: object({ type: text, name: text }, { description: text, parameters: anything }),
  mcp: anything,
});
const toolChoice = either(
  oneOf('auto', 'none', 'required'),
  object({ type: text }, { name: text, server_label: text }),
);
const maxTokens = either(oneOf('inf'), integer(1, 4096));
// Never both at once.
const modalities: Check = (value, param) =>
  Array.isArray(value) && value.length !== 1
    ? oneOf("['audio']", "['text']")(value, param)
    : listOf(oneOf('audio', 'text'))(value, param);
const effort = object({}, { effort: oneOf('minimal', 'low', 'medium', 'high', 'xhigh') });
// Which of these an endpoint takes, and with which `rate`, is the profile's matter.
const format = object({ type: oneOf('audio/pcm', 'audio/pcmu', 'audio/pcma') }, { rate: integer(8000) });
const turnDetection = tagged('type', {
  server_vad: object(
    { type: text },
    {
      threshold: amount(0, 1),
      prefix_padding_ms: integer(0),
      silence_duration_ms: integer(0),
      create_response: flag,
      interrupt_response: flag,
      idle_timeout_ms: nullable(integer(5000, 30_000)),
    },
  ),
  semantic_vad: object(
    { type: text },
    { eagerness: oneOf('low', 'medium', 'high', 'auto'), create_response: flag, interrupt_response: flag },
  ),
});
const transcription = object(
  {},
  { model: text, language: text, languages: listOf(text), keywords: listOf(text), prompt: text, delay: text },
);
const input = object(
  {},
  {
    format,
    noise_reduction: nullable(object({ type: oneOf('near_field', 'far_field') }, { strength: amount(0, 1) })),
    transcription: nullable(transcription),
    turn_detection: nullable(turnDetection),
  },
);
const voice = either(text, object({ id: text }));
const truncation = either(
  oneOf('auto', 'disabled'),
  object(
    { type: oneOf('retention_ratio'), retention_ratio: amount(0, 1) },
    { token_limits: object({}, { post_instructions: integer(0) }) },
  ),
);
const tracing = either(
  oneOf('auto'),
  object({}, { workflow_name: text, group_id: text, metadata: anything }),
);

const session = object(
  { type: oneOf('realtime') },
  {
    model: text,
    instructions: text,
    output_modalities: modalities,
    audio: object({}, { input, output: object({}, { format, voice, speed: amount(0.25, 1.5) }) }),
    tools: listOf(tool),
    tool_choice: toolChoice,
    parallel_tool_calls: flag,
    reasoning: effort,
    max_output_tokens: maxTokens,
    truncation,
    tracing: nullable(tracing),
    include: listOf(oneOf('item.input_audio_transcription.logprobs')),
    prompt: nullable(anything),
  },
);

const message = { id: text, object: oneOf('realtime.item'), status: text };
const content = (kinds: Readonly<Record<string, Check>>) => ({
  type: text,
  role: text,
  content: listOf(tagged('type', kinds)),
});
const words = object({ type: text, text });
const item = tagged('type', {
  message: tagged('role', {
    system: object(content({ input_text: words }), message),
    user: object(
      content({
        input_text: words,
        input_audio: object({ type: text, audio: text }, { transcript: text }),
        input_image: anything,
      }),
      message,
    ),
    // The words of an assistant can be seeded, its audio cannot.
    assistant: object(content({ output_text: words }), message),
  }),
  function_call: object({ type: text, name: text, arguments: text }, { ...message, call_id: text }),
  function_call_output: object({ type: text, call_id: text, output: text }, message),
});

const response = object(
  {},
  {
    audio: object({}, { output: object({}, { format, voice }) }),
    conversation: oneOf('auto', 'none'),
    input: listOf(anything),
    instructions: text,
    max_output_tokens: maxTokens,
    metadata: nullable(anything),
    output_modalities: modalities,
    parallel_tool_calls: flag,
    prompt: nullable(anything),
    reasoning: effort,
    tool_choice: toolChoice,
    tools: listOf(tool),
  },
);

const event = (required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}) =>
  object({ type: text, ...required }, { event_id: text, ...optional });

/** Every event that a client may send, and its fields (OpenAI's GA interface; checked against the types of its package). */
const CLIENT_EVENTS: Readonly<Record<ClientEventType, Check>> = {
  'session.update': event({ session }),
  'input_audio_buffer.append': event({ audio: text }),
  'input_audio_buffer.commit': event({}),
  'input_audio_buffer.clear': event({}),
  'conversation.item.create': event({ item }, { previous_item_id: nullable(text) }),
  'conversation.item.retrieve': event({ item_id: text }),
  'conversation.item.delete': event({ item_id: text }),
  'conversation.item.truncate': event({
    item_id: text,
    content_index: integer(0, 0),
    audio_end_ms: integer(0),
  }),
  'response.create': event({}, { response }),
  'response.cancel': event({}, { response_id: text }),
};

export type ClientEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** A message of a client as an event of whatever type; `null` when it is none. */
export function readClientEvent(message: string, isBinary: boolean): ClientEvent | null {
  const event = isBinary ? null : parseJson(message);
  return isClientEvent(event) ? event : null;
}

/** What is wrong with an event, whatever the endpoint. */
export function clientEventProblems(event: ClientEvent): Problem[] {
  const checks: Readonly<Record<string, Check>> = CLIENT_EVENTS;
  const check = Object.hasOwn(checks, event.type) ? checks[event.type] : undefined;
  if (check) return check(event, '');
  const why =
    event.type === 'output_audio_buffer.clear'
      ? 'It is for WebRTC and SIP.'
      : 'No client event is called so.';
  const hint = `Use one of: ${Object.keys(CLIENT_EVENTS).join(', ')}.`;
  return [{ code: 'invalid_value', param: 'type', message: `Invalid value: '${event.type}'. ${why}`, hint }];
}

function isClientEvent(value: unknown): value is ClientEvent {
  return isJsonObject(value) && typeof value.type === 'string';
}

export function isConversationItem(value: unknown): value is ConversationItem {
  return item(value, 'item').length === 0;
}
