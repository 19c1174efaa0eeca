import { z } from 'zod';
import { CALL_OUTCOMES, type FinishedCall } from './finished-call.js';

/** Where finished calls that the database does not take yet survive their gateway. Nothing here ever rejects. */
export interface UnrecordedCalls {
  /** Whether it is kept; false also when that is not known. */
  keep(call: FinishedCall): Promise<boolean>;
  /** The database has it. */
  forget(callSid: string): Promise<void>;
  /** What is kept now, of all gateways; `[]` when it cannot be read. */
  all(): Promise<readonly FinishedCall[]>;
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
});

/** A kept call from its JSON; `null` when it is none. */
export function readUnrecordedCall(text: string): FinishedCall | null {
  try {
    return Kept.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
