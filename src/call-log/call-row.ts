import { z } from 'zod';
import type { calls } from '../database/call-schema.js';
import { CALL_OUTCOMES, type FinishedCall } from './finished-call.js';

const Outcome = z.enum(CALL_OUTCOMES);

/** As the database has it. */
export function toRow(call: FinishedCall): typeof calls.$inferInsert {
  return {
    callSid: call.call_sid,
    callerPhone: storable(call.caller_phone),
    customerId: call.customer_id,
    startedAt: new Date(call.started_at),
    endedAt: new Date(call.ended_at),
    durationMs: Math.round(call.duration_ms),
    states: call.states,
    outcome: call.outcome,
    interruptions: call.interruptions,
    transcript: call.transcript.map(storableTurn),
    fullTranscript: call.full_transcript?.map(storableTurn) ?? null,
    latency: call.latency,
    agent: call.agent === null ? null : storable(call.agent),
    usage: call.usage,
    intent: call.intent,
    summary: call.summary && storable(call.summary),
    path: call.path,
    afterHours: call.after_hours,
    test: call.test,
    dialStatus: call.dial_status,
  };
}

function storableTurn<T extends { readonly content: string }>(turn: T): T {
  return { ...turn, content: storable(turn.content) };
}

/** PostgreSQL has no character zero and no half surrogates; a transcript must not be lost for one. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** A row as it was recorded. */
export function toFinishedCall(row: typeof calls.$inferSelect): FinishedCall {
  return {
    call_sid: row.callSid,
    caller_phone: row.callerPhone,
    customer_id: row.customerId,
    started_at: row.startedAt.toISOString(),
    ended_at: row.endedAt.toISOString(),
    duration_ms: row.durationMs,
    states: row.states,
    outcome: Outcome.parse(row.outcome),
    interruptions: row.interruptions,
    transcript: row.transcript,
    full_transcript: row.fullTranscript,
    latency: row.latency && { ...row.latency, model_ms: row.latency.model_ms ?? null },
    agent: row.agent,
    usage: row.usage,
    intent: row.intent,
    summary: row.summary,
    path: row.path,
    after_hours: row.afterHours,
    test: row.test,
    dial_status: row.dialStatus,
  };
}
