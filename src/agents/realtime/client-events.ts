import type { RealtimeConfig } from '../../agent-settings.js';
import type { ModelRequest, ModelSetup } from './model.js';
import type { AudioFormat } from './model-audio.js';

/** By which an error names the set-up. */
export const SETUP_ID = 'bl_setup';

/** These models think before they speak, if they are not told how little. */
const THINKING_MODEL = /^gpt-realtime-2/;

/**
 * `session.update`, the first event of a session. The model finds the caller's turns and answers them; when it is interrupted is decided
 * here. Telephones are held to the mouth (`near_field`). No trace: that would be a transcript at the vendor.
 */
export function setupEvent(realtime: RealtimeConfig, setup: ModelSetup, format: AudioFormat) {
  const { model, voice, transcriptionModel, language, off } = realtime;
  const tools = setup.functions.map((each) => ({ type: 'function' as const, ...each }));
  return {
    type: 'session.update' as const,
    event_id: SETUP_ID,
    session: {
      type: 'realtime' as const,
      instructions: setup.instructions,
      output_modalities: ['audio' as const],
      audio: {
        input: {
          format,
          turn_detection: {
            type: 'server_vad' as const,
            threshold: 0.5,
            prefix_padding_ms: 300,
            silence_duration_ms: 500,
            create_response: true,
            interrupt_response: false,
          },
          ...(transcriptionModel === null ? {} : { transcription: { model: transcriptionModel, language } }),
          ...(off.includes('noise_reduction') ? {} : { noise_reduction: { type: 'near_field' as const } }),
        },
        output: { format, voice },
      },
      ...(tools.length === 0 ? {} : { tools, tool_choice: 'auto' as const }),
      ...(off.includes('reasoning') || !THINKING_MODEL.test(model)
        ? {}
        : { reasoning: { effort: 'low' as const } }),
      tracing: null,
    },
  };
}

/** A request as an event of the client; null: the server does not know it. */
export function requestEvent(
  request: ModelRequest,
  event_id: string,
  { realtime, setup }: { readonly realtime: RealtimeConfig; readonly setup: ModelSetup },
) {
  switch (request.type) {
    case 'add_text':
      return textItem(request.role, request.text, event_id);
    case 'add_output':
      return {
        type: 'conversation.item.create' as const,
        event_id,
        item: { type: 'function_call_output' as const, call_id: request.callId, output: request.output },
      };
    case 'respond':
      return responseCreate(request, event_id, setup);
    case 'cancel':
      return { type: 'response.cancel' as const, event_id, response_id: request.responseId };
    case 'truncate':
      if (realtime.off.includes('truncate'))
        return request.words === undefined ? null : textItem('system', onlyHeard(request.words), event_id);
      return {
        type: 'conversation.item.truncate' as const,
        event_id,
        item_id: request.itemId,
        content_index: 0,
        // Decimals and 0 are refused.
        audio_end_ms: Math.max(1, Math.floor(request.heardMs)),
      };
    case 'delete_item':
      return { type: 'conversation.item.delete' as const, event_id, item_id: request.itemId };
  }
}

function onlyHeard(words: string): string {
  return `The caller interrupted you. Of your last words they have heard only: ${JSON.stringify(words)}`;
}

function textItem(role: 'system' | 'user' | 'assistant', text: string, event_id: string) {
  const type = 'conversation.item.create' as const;
  const message = { type: 'message' as const };
  if (role === 'assistant')
    return { type, event_id, item: { ...message, role, content: [{ type: 'output_text' as const, text }] } };
  const content = [{ type: 'input_text' as const, text }];
  // One by one: in the protocol these are two kinds of items.
  return role === 'system'
    ? { type, event_id, item: { ...message, role, content } }
    : { type, event_id, item: { ...message, role, content } };
}

/** Instructions of a response stand in for those of the session, so these are said again before them. */
function responseCreate(
  { instructions, tools }: Extract<ModelRequest, { type: 'respond' }>,
  event_id: string,
  setup: ModelSetup,
) {
  return {
    type: 'response.create' as const,
    event_id,
    response: {
      output_modalities: ['audio' as const],
      ...(instructions === undefined ? {} : { instructions: `${setup.instructions}\n\n${instructions}` }),
      ...(tools === false && setup.functions.length > 0 ? { tool_choice: 'none' as const } : {}),
    },
  };
}
