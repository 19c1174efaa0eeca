import { z } from 'zod';
import type { TokenUsage } from '../../sessions/session.js';

// The events of the server, as far as they are used (OpenAI Realtime, GA interface). What some servers leave out is optional here;
// what is too long is no event of a telephone call.

/** Characters. */
export const MOST_OF_ID = 256;
const Id = z.string().min(1).max(MOST_OF_ID);
const Text = z.string().max(100_000);
const Count = z.number().int().nonnegative().max(1e12).nullish().catch(null);
const Word = z.string().max(256).nullish().catch(null);

export const AnyEvent = z.object({ type: z.string().max(256) });

/** `format` is an object today and was a word before. */
const Format = z.object({ type: z.string().max(64), rate: z.number().nullish() }).nullish();
const Direction = z.object({ format: Format }).nullish();
export const SessionUpdatedEvent = z.object({
  session: z.object({
    audio: z.object({ input: Direction, output: Direction }).nullish(),
    input_audio_format: Word,
    output_audio_format: Word,
  }),
});
export type WireSession = z.infer<typeof SessionUpdatedEvent>['session'];

/** Of the caller's speech: where it began or ended, in ms of the audio that was sent. */
export const CallerSpeechEvent = z.object({
  audio_start_ms: z.number().nullish(),
  audio_end_ms: z.number().nullish(),
  item_id: Id.nullish(),
});

export const CallerItemEvent = z.object({ item_id: Id });
export const TranscriptEvent = z.object({ item_id: Id, transcript: Text });

export const PartDeltaEvent = z.object({
  type: z.string().optional(),
  response_id: Id.nullish(),
  item_id: Id.nullish(),
  delta: z.string(),
});
export type PartDelta = z.infer<typeof PartDeltaEvent>;
export const WordsDoneEvent = z.object({
  response_id: Id.nullish(),
  item_id: Id.nullish(),
  transcript: Text.nullish(),
  text: Text.nullish(),
});

const OutputItem = z.object({
  id: Id.nullish(),
  type: z.string().max(256),
  status: Word,
  call_id: Id.nullish(),
  name: Id.nullish(),
  arguments: Text.nullish(),
});
export type WireOutputItem = z.infer<typeof OutputItem>;
export const OutputItemEvent = z.object({ response_id: Id.nullish(), item: OutputItem });

export const ArgumentsDoneEvent = z.object({
  response_id: Id.nullish(),
  item_id: Id.nullish(),
  call_id: Id.nullish(),
  name: Id.nullish(),
  arguments: Text,
});

const Usage = z.object({
  input_token_details: z.object({ audio_tokens: Count, text_tokens: Count, cached_tokens: Count }).nullish(),
  output_token_details: z.object({ audio_tokens: Count, text_tokens: Count }).nullish(),
});
type WireUsage = z.infer<typeof Usage>;

const ErrorDetails = z.object({ code: Word, type: Word, event_id: Word });
const StatusDetails = z.object({ reason: Word, error: ErrorDetails.nullish().catch(null) });

export const ResponseEvent = z.object({
  response: z.object({
    id: Id.nullish(),
    status: Word,
    status_details: StatusDetails.nullish().catch(null),
    usage: Usage.nullish().catch(null),
    output: z.array(z.unknown()).max(256).nullish().catch(null),
  }),
});
type WireResponse = z.infer<typeof ResponseEvent>['response'];
/** An item of `response.output`; one of another kind is none of ours. */
export const FinishedItem = OutputItem;

export const ErrorEvent = z.object({ error: ErrorDetails.nullish().catch(null) });

/** How the session hears and speaks; null where the server does not say it. `pcm16` and `g711_ulaw` are the words of before. */
export function formatsOf({ audio, input_audio_format: input, output_audio_format: output }: WireSession) {
  const named = (type: string | null | undefined) => (type ? { type } : null);
  return { input: audio?.input?.format ?? named(input), output: audio?.output?.format ?? named(output) };
}

/** How a response ended; where a server does not say it, it was completed, unless an error is told. */
export function statusOf({ status, status_details: details }: WireResponse) {
  if (status === 'completed' || status === 'cancelled' || status === 'incomplete' || status === 'failed')
    return status;
  return details?.error ? 'failed' : 'completed';
}

export function usageOf({ input_token_details: read, output_token_details: made }: WireUsage): TokenUsage {
  return {
    audio_in: read?.audio_tokens ?? 0,
    text_in: read?.text_tokens ?? 0,
    cached_in: read?.cached_tokens ?? 0,
    audio_out: made?.audio_tokens ?? 0,
    text_out: made?.text_tokens ?? 0,
  };
}
