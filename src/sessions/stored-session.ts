import { isJsonObject } from '../core/json.js';
import {
  CALL_STATES,
  type CallDelays,
  type CallState,
  type Delays,
  INTENTS,
  INTERVENTIONS,
  type Intent,
  type Intervention,
  MAX_DELAYS,
  type Session,
  type TokenUsage,
  type Turn,
  type UnheardTurn,
  type Verified,
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

/**
 * A stored session as a typed one. Redis is open to foreign writers, so every field is looked at; one that is missing or
 * of another shape falls back to that of a new session rather than losing the call.
 */
export function restoreSession(callSid: string, data: SessionData): Session {
  const fresh = newSession({ callSid, streamSid: '', callerPhone: 'anonymous', attestation: null });
  const createdAt = timeOf(data.created_at) ?? fresh.created_at;
  const state = stateOf(data.current_state);
  const intervention = interventionOf(data.intervention);
  return {
    ...fresh,
    stream_sid: text(data.stream_sid, ''),
    caller_phone: text(data.caller_phone, fresh.caller_phone),
    customer_id: number(data.customer_id, null),
    conversation_history: turns(data.conversation_history),
    current_state: state,
    collected_data: isJsonObject(data.collected_data) ? data.collected_data : {},
    intent: intentOf(data.intent),
    speaking: data.speaking === true,
    created_at: createdAt,
    attestation: typeof data.attestation === 'string' ? data.attestation : null,
    states: statesOf(data.states) ?? [{ name: state, time: createdAt }],
    interruptions: number(data.interruptions, 0),
    resumes: number(data.resumes, 0),
    verified: verifiedOf(data.verified),
    vin_tries: vinTriesOf(data.vin_tries),
    desk_writes: Math.max(0, number(data.desk_writes, 0)),
    unheard: Array.isArray(data.unheard) ? data.unheard.filter(isUnheard) : [],
    delays: isJsonObject(data.delays) ? delaysOf(data.delays) : fresh.delays,
    agents: Array.isArray(data.agents) ? data.agents.filter((name) => typeof name === 'string') : [],
    usage: isUsage(data.usage) ? data.usage : null,
    ...(data.test === true ? { test: true } : {}),
    ...(intervention ? { intervention } : {}),
  };
}

function interventionOf(value: unknown): Intervention | null {
  const kind = isJsonObject(value) && INTERVENTIONS.find((known) => known === value.kind);
  if (!kind || typeof value.time !== 'string') return null;
  return { kind, by: typeof value.by === 'string' ? value.by : null, time: value.time };
}

function verifiedOf(value: unknown): Verified | null {
  if (!isJsonObject(value)) return null;
  const { by, customer_id } = value;
  const isCustomer = typeof customer_id === 'number' && Number.isSafeInteger(customer_id);
  return isCustomer && (by === 'attestation' || by === 'vin') ? { by, customer_id } : null;
}

// What is not understood must not give the caller another try.
function vinTriesOf(value: unknown): number {
  if (value === undefined) return 0;
  const tries = number(value, VIN_TRIES);
  return tries >= 0 && tries < VIN_TRIES ? tries : VIN_TRIES;
}

function stateOf(value: unknown): CallState {
  return CALL_STATES.find((state) => state === value) ?? 'greeting';
}

function intentOf(value: unknown): Intent | null {
  return INTENTS.find((intent) => intent === value) ?? null;
}

function turns(value: unknown): Turn[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isTurn);
}

function isTurn(value: unknown): value is Turn {
  if (!isJsonObject(value)) return false;
  const { role, content, timestamp } = value;
  const known = role === 'user' || role === 'assistant' || role === 'function';
  return known && typeof content === 'string' && typeof timestamp === 'string';
}

function isUnheard(value: unknown): value is UnheardTurn {
  if (!isJsonObject(value)) return false;
  const { at, partly_heard, content, timestamp } = value;
  const isPlaced = typeof at === 'number' && Number.isSafeInteger(at) && typeof partly_heard === 'boolean';
  return isPlaced && typeof content === 'string' && typeof timestamp === 'string';
}

function delaysOf(data: SessionData): CallDelays {
  const ofKind = (value: unknown) => (isDelays(value) ? value : null);
  return {
    greeting_ms: number(data.greeting_ms, null),
    response: ofKind(data.response),
    interruption: ofKind(data.interruption),
    mark_lag: ofKind(data.mark_lag),
    model: ofKind(data.model),
  };
}

function isUsage(value: unknown): value is TokenUsage {
  if (!isJsonObject(value)) return false;
  const { audio_in, text_in, cached_in, audio_out, text_out } = value;
  return [audio_in, text_in, cached_in, audio_out, text_out].every(Number.isSafeInteger);
}

function isDelays(value: unknown): value is Delays {
  if (!isJsonObject(value)) return false;
  const { count, max, latest } = value;
  const areNumbers = Array.isArray(latest) && [count, max, ...latest].every(Number.isSafeInteger);
  return areNumbers && latest.length > 0 && latest.length <= MAX_DELAYS;
}

function statesOf(value: unknown): Session['states'] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((entry: unknown) => {
    const name = isJsonObject(entry) && CALL_STATES.find((state) => state === entry.name);
    return name && typeof entry.time === 'string' ? [{ name, time: entry.time }] : [];
  });
}

function timeOf(value: unknown): string | null {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : null;
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function number<T>(value: unknown, otherwise: T): number | T {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : otherwise;
}
