import type { RateLimitsUpdatedEvent, RealtimeResponseUsage } from 'openai/resources/realtime/realtime';
import type { WireItem } from '../protocol/wire.js';
import type { Failure } from '../script/script.js';

/** What a response reads. */
export interface InputSize {
  readonly audioMs: number;
  readonly letters: number;
}

// As the vendor counts: a token is 100 ms of the caller, or 50 ms of the model.
const MS_PER_INPUT_TOKEN = 100;
const MS_PER_OUTPUT_TOKEN = 50;
const LETTERS_PER_TOKEN = 4;

export function usageOf(
  input: InputSize,
  audioMs: number,
  output: readonly WireItem[],
): RealtimeResponseUsage {
  const heard = Math.ceil(input.audioMs / MS_PER_INPUT_TOKEN);
  const read = Math.ceil(input.letters / LETTERS_PER_TOKEN);
  const spoken = Math.ceil(audioMs / MS_PER_OUTPUT_TOKEN);
  const written = Math.ceil(JSON.stringify(output).length / LETTERS_PER_TOKEN);
  return {
    total_tokens: heard + read + spoken + written,
    input_tokens: heard + read,
    output_tokens: spoken + written,
    input_token_details: { audio_tokens: heard, text_tokens: read, cached_tokens: 0 },
    output_token_details: { audio_tokens: spoken, text_tokens: written },
  };
}

export function rateLimits(): RateLimitsUpdatedEvent.RateLimit[] {
  return [
    { name: 'requests', limit: 5000, remaining: 4999, reset_seconds: 0.01 },
    { name: 'tokens', limit: 400_000, remaining: 399_000, reset_seconds: 0.15 },
  ];
}

const MESSAGES: Readonly<Record<string, string>> = {
  insufficient_quota: 'You exceeded your current quota, please check your plan and billing details.',
  rate_limit_exceeded: 'Rate limit reached. Please try again later.',
  server_error: 'The server had an error while processing your request. Sorry about that!',
  session_expired: 'Your session hit the maximum duration of 60 minutes.',
  session_limit_reached: 'All sessions of this server are in use.',
};

/** The words and the type that go with a code, where the script has none. */
export function failureOf({ code, message, type }: Failure): { code: string; message: string; type: string } {
  return { code, message: message ?? MESSAGES[code] ?? code, type: type ?? typeOf(code) };
}

function typeOf(code: string): string {
  if (code === 'insufficient_quota' || code === 'rate_limit_exceeded') return code;
  return code === 'server_error' ? 'server_error' : 'invalid_request_error';
}
