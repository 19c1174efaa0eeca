import { z } from 'zod';
import { parsedJson } from '../core/json.js';
import { CALL_OUTCOMES, CALLBACK_REASONS, type EndedCall, pathOf } from './finished-call.js';

/** Where finished calls that the database does not take yet survive their gateway. Nothing here ever rejects. */
export interface UnrecordedCalls {
  /** Whether it is kept; false also when that is not known. */
  keep(call: EndedCall): Promise<boolean>;
  /** The database has it. */
  forget(callSid: string): Promise<void>;
  /** What is kept now, of all gateways; `[]` when it cannot be read. */
  all(): Promise<readonly EndedCall[]>;
}

const Figures = z.object({ count: z.number(), median: z.number(), max: z.number() }).nullable();
const State = z.object({ name: z.string(), time: z.string() });
const Turn = z.object({
  role: z.string(),
  content: z.string(),
  timestamp: z.string(),
  interrupted: z.literal(true).exactOptional(),
});
const Latency = z.object({
  greeting_ms: z.number().nullable(),
  response_ms: Figures,
  interruption_ms: Figures,
  mark_lag_ms: Figures,
  model_ms: Figures.default(null),
});
const Usage = z.object({
  audio_in: z.number(),
  text_in: z.number(),
  cached_in: z.number(),
  audio_out: z.number(),
  text_out: z.number(),
});
const Due = z.object({
  reason: z.enum(CALLBACK_REASONS),
  urgent: z.boolean(),
  summary: z.string(),
  is_dialled: z.boolean(),
  joins_open: z.literal(true).exactOptional(),
});
const Kept = z.object({
  call_sid: z.string(),
  caller_phone: z.string(),
  customer_id: z.number().nullable(),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime(),
  duration_ms: z.number(),
  states: z.array(State),
  outcome: z.enum(CALL_OUTCOMES),
  interruptions: z.number(),
  transcript: z.array(Turn),
  full_transcript: z.array(Turn).nullable(),
  latency: Latency.nullable(),
  // A gateway of an older version keeps none of these.
  agent: z.string().nullable().default(null),
  usage: Usage.nullable().default(null),
  intent: z.string().nullable().default(null),
  summary: z.string().nullable().default(null),
  path: z.string().exactOptional(),
  after_hours: z.boolean().default(false),
  test: z.boolean().default(false),
  dial_status: z.string().nullable().default(null),
  confirmed_appointment: z.number().nullable().default(null),
  callback: Due.nullable().default(null),
});

/** A kept call from its JSON; `null` when it is none. */
export function readUnrecordedCall(text: string): EndedCall | null {
  const kept = Kept.safeParse(parsedJson(text)).data;
  return kept ? { ...kept, path: kept.path ?? pathOf(kept.states) } : null;
}
