import { z } from 'zod';
import { isJsonObject } from '../core/json.js';
import {
  CALL_STATES,
  type CollectedData,
  INTENTS,
  INTERVENTIONS,
  MAX_DELAYS,
  type Session,
  type Turn,
  type UnheardTurn,
  VIN_TRIES,
} from './session.js';
import type { SessionData } from './session-store.js';

interface NewSession {
  readonly callSid: string;
  readonly streamSid: string;
  readonly callerPhone: string;
  readonly attestation: string | null;
  readonly test?: boolean;
}

/** The session of a call that begins now. */
export function newSession({
  callSid,
  streamSid,
  callerPhone,
  attestation,
  test = false,
}: NewSession): Session {
  const now = new Date().toISOString();
  return {
    call_sid: callSid,
    stream_sid: streamSid,
    caller_phone: callerPhone,
    customer_id: null,
    conversation_history: [],
    current_state: 'greeting',
    collected_data: {},
    intent: null,
    speaking: false,
    created_at: now,
    last_updated: now,
    attestation,
    states: [{ name: 'greeting', time: now }],
    interruptions: 0,
    resumes: 0,
    verified: null,
    vin_tries: 0,
    desk_writes: 0,
    unheard: [],
    delays: { greeting_ms: null, response: null, interruption: null, mark_lag: null, model: null },
    agents: [],
    usage: null,
    ...(test ? { test: true } : {}),
  };
}

const whole = z.int();
const State = z.object({ name: z.enum(CALL_STATES), time: z.string() });
const DelaysOfKind = z
  .looseObject({ count: whole, max: whole, latest: z.array(whole).min(1).max(MAX_DELAYS) })
  .nullable()
  .catch(null);

/** Of a list what has this shape, as it stands there; nothing where there is no list. */
function listOf<T>(isOne: (value: unknown) => value is T) {
  return z
    .array(z.unknown())
    .transform((list) => list.filter(isOne))
    .catch([]);
}

// A call may have hundreds: not by a schema.
function isTurn(value: unknown): value is Turn {
  if (!isJsonObject(value)) return false;
  const { role, content, timestamp } = value;
  const known = role === 'user' || role === 'assistant' || role === 'function';
  return known && typeof content === 'string' && typeof timestamp === 'string';
}

function isUnheard(value: unknown): value is UnheardTurn {
  if (!isJsonObject(value)) return false;
  const { at, partly_heard, content, timestamp } = value;
  const isPlaced = Number.isSafeInteger(at) && typeof partly_heard === 'boolean';
  return isPlaced && typeof content === 'string' && typeof timestamp === 'string';
}

/** Of a session all that is stored beside its `call_sid` and the time of the write, in this order. Every field by itself: what is missing or of another shape does not spoil the others. */
export const StoredSession = z.object({
  stream_sid: z.string().catch(''),
  caller_phone: z.string().catch('anonymous'),
  customer_id: whole.nullable().catch(null),
  conversation_history: listOf(isTurn),
  current_state: z.enum(CALL_STATES).catch('greeting'),
  collected_data: z.custom<CollectedData>(isJsonObject).catch({}),
  intent: z.enum(INTENTS).nullable().catch(null),
  speaking: z.boolean().catch(false),
  created_at: z
    .string()
    .refine((time) => !Number.isNaN(Date.parse(time)))
    .nullable()
    .catch(null),
  attestation: z.string().nullable().catch(null),
  states: z
    .array(z.unknown())
    .transform((list) => list.flatMap((each) => State.safeParse(each).data ?? []))
    .nullable()
    .catch(null),
  interruptions: whole.catch(0),
  resumes: whole.catch(0),
  verified: z
    .object({ by: z.enum(['attestation', 'vin']), customer_id: whole })
    .nullable()
    .catch(null),
  // What is not understood must not give the caller another try.
  vin_tries: whole.min(0).max(VIN_TRIES).default(0).catch(VIN_TRIES),
  desk_writes: whole.min(0).catch(0),
  unheard: listOf(isUnheard),
  delays: z
    .object({
      greeting_ms: whole.nullable().catch(null),
      response: DelaysOfKind,
      interruption: DelaysOfKind,
      mark_lag: DelaysOfKind,
      model: DelaysOfKind,
    })
    .nullable()
    .catch(null),
  agents: listOf((name) => typeof name === 'string'),
  usage: z
    .looseObject({ audio_in: whole, text_in: whole, cached_in: whole, audio_out: whole, text_out: whole })
    .nullable()
    .catch(null),
  test: z.literal(true).nullable().catch(null),
  intervention: z
    .object({ kind: z.enum(INTERVENTIONS), by: z.string().nullable().catch(null), time: z.string() })
    .nullable()
    .catch(null),
});

/**
 * A stored session as a typed one. Redis is open to foreign writers, so every field is looked at; one that is missing or
 * of another shape falls back to that of a new session rather than losing the call.
 */
export function restoreSession(callSid: string, data: SessionData): Session {
  const fresh = newSession({ callSid, streamSid: '', callerPhone: 'anonymous', attestation: null });
  const { test, intervention, ...stored } = StoredSession.parse(data);
  const created_at = stored.created_at ?? fresh.created_at;
  return {
    ...fresh,
    ...stored,
    created_at,
    states: stored.states ?? [{ name: stored.current_state, time: created_at }],
    delays: stored.delays ?? fresh.delays,
    ...(test ? { test } : {}),
    ...(intervention ? { intervention } : {}),
  };
}
