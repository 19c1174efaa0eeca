import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime';
import { describe, expect, test } from 'vitest';
import { requestEvent, setupEvent } from '../../../src/agents/realtime/client-events.js';
import type { ModelRequest } from '../../../src/agents/realtime/model.js';
import { createModelAudio } from '../../../src/agents/realtime/model-audio.js';
import { loadConfig } from '../../../src/config.js';
import { SETUP } from '../../support/model-session.js';

/** The compiler holds what is sent against the protocol as its vendor has it typed. */
const typed = (event: RealtimeClientEvent): RealtimeClientEvent => event;

function setup(env: Record<string, string> = {}) {
  const { realtime } = loadConfig({ OPENAI_API_KEY: 'sk-of-nobody', ...env });
  const event = setupEvent(realtime, SETUP, createModelAudio(realtime.audio).format);
  typed(event);
  return event;
}

function request(asked: ModelRequest, env: Record<string, string> = {}, functions = SETUP.functions) {
  const { realtime } = loadConfig({ OPENAI_API_KEY: 'sk-of-nobody', ...env });
  const event = requestEvent(asked, 'bl_7', { realtime, setup: { ...SETUP, functions } });
  return event === null ? null : typed(event);
}

describe('the set-up', () => {
  test('asks for audio both ways, turns found by the server, and interruptions left to us', () => {
    expect(setup().session).toEqual({
      type: 'realtime',
      instructions: SETUP.instructions,
      output_modalities: ['audio'],
      audio: {
        input: {
          format: { type: 'audio/pcmu' },
          turn_detection: {
            type: 'server_vad',
            threshold: 0.5,
            prefix_padding_ms: 300,
            silence_duration_ms: 500,
            create_response: true,
            interrupt_response: false,
          },
          transcription: { model: 'gpt-transcribe', language: 'en' },
          noise_reduction: { type: 'near_field' },
        },
        output: { format: { type: 'audio/pcmu' }, voice: 'marin' },
      },
      tools: [{ type: 'function', ...SETUP.functions[0] }],
      tool_choice: 'auto',
      reasoning: { effort: 'low' },
      tracing: null,
    });
  });

  test('leaves out what the server does not know', () => {
    const { session } = setup({
      REALTIME_OFF: 'noise_reduction,reasoning',
      REALTIME_TRANSCRIPTION_MODEL: '',
    });
    expect(session.audio.input).not.toHaveProperty('noise_reduction');
    expect(session).not.toHaveProperty('reasoning');
    expect(session.audio.input).not.toHaveProperty('transcription');
  });

  test('says how little to think only to models that think', () => {
    expect(setup({ REALTIME_MODEL: 'grok-voice-latest' }).session).not.toHaveProperty('reasoning');
  });

  test.each([
    ['pcmu', { type: 'audio/pcmu' }],
    ['pcmu8000', { type: 'audio/pcmu', rate: 8000 }],
    ['pcm24000', { type: 'audio/pcm', rate: 24_000 }],
  ])('asks for %s', (REALTIME_AUDIO, format) => {
    const { audio } = setup({ REALTIME_AUDIO }).session;
    expect([audio.input.format, audio.output.format]).toEqual([format, format]);
  });

  test('is byte-identical for every call, so that servers can keep what they made of it', () => {
    expect(JSON.stringify(setup())).toBe(JSON.stringify(setup()));
  });
});

describe('a request', () => {
  test('for one response has its instructions behind those of the session', () => {
    expect(request({ type: 'respond', instructions: 'Say hello.', tools: false })).toEqual({
      type: 'response.create',
      event_id: 'bl_7',
      response: {
        output_modalities: ['audio'],
        instructions: `${SETUP.instructions}\n\nSay hello.`,
        tool_choice: 'none',
      },
    });
  });

  test('names no choice of functions where there are none', () => {
    expect(request({ type: 'respond', tools: false }, {}, [])).toMatchObject({
      response: { output_modalities: ['audio'] },
    });
    expect(JSON.stringify(request({ type: 'respond', tools: false }, {}, []))).not.toContain('tool_choice');
  });

  test.each(['system', 'user', 'assistant'] as const)('adds a line of the %s as text', (role) => {
    const type = role === 'assistant' ? 'output_text' : 'input_text';
    expect(request({ type: 'add_text', role, text: 'Hello' })).toEqual({
      type: 'conversation.item.create',
      event_id: 'bl_7',
      item: { type: 'message', role, content: [{ type, text: 'Hello' }] },
    });
  });

  test.each([
    [1499.9, 1499],
    [0.2, 1],
  ])('to cut an item at %d ms asks for whole ones, at least 1', (heardMs, audio_end_ms) => {
    expect(request({ type: 'truncate', itemId: 'item_1', heardMs })).toMatchObject({ audio_end_ms });
  });

  test('to cut an item is not made of a server that knows none such', () => {
    const env = { REALTIME_OFF: 'truncate' };
    expect(request({ type: 'truncate', itemId: 'item_1', heardMs: 10 }, env)).toBeNull();
  });

  test('to cut an item tells such a server in words what was heard', () => {
    const env = { REALTIME_OFF: 'truncate' };
    const cut = request({ type: 'truncate', itemId: 'item_1', heardMs: 10, words: 'We open at' }, env);
    expect(cut).toMatchObject({ type: 'conversation.item.create', item: { role: 'system' } });
    expect(JSON.stringify(cut)).toContain('We open at');
    expect(
      request({ type: 'truncate', itemId: 'item_1', heardMs: 10, words: 'We open at' }),
    ).not.toHaveProperty('item');
  });

  test('of any other kind is an event of the protocol', () => {
    const requests: readonly ModelRequest[] = [
      { type: 'add_output', callId: 'call_1', output: 'booked' },
      { type: 'cancel', responseId: 'resp_1' },
      { type: 'delete_item', itemId: 'item_1' },
    ];
    expect(requests.map((each) => request(each))).toEqual([
      {
        type: 'conversation.item.create',
        event_id: 'bl_7',
        item: { type: 'function_call_output', call_id: 'call_1', output: 'booked' },
      },
      { type: 'response.cancel', event_id: 'bl_7', response_id: 'resp_1' },
      { type: 'conversation.item.delete', event_id: 'bl_7', item_id: 'item_1' },
    ]);
  });
});
