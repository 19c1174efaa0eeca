import { GatewayError } from '../core/errors.js';
import { isJsonObject, parsedJson } from '../core/json.js';
import { requireData, requireKey } from '../store-arguments.js';
import { type JsonFields, setJsonFields } from './json-fields.js';
import type { SessionData } from './session-store.js';

/** The fields of a session that is written whole at `now` (ISO 8601 UTC). Throws `BAD_REQUEST` when `data` is no object or JSON cannot hold it. */
export function newFields(callSid: string, data: SessionData, now: string): JsonFields {
  requireData('A session', data);
  const fields: JsonFields = new Map();
  setJsonFields(fields, { call_sid: callSid, ...data });
  setJsonFields(fields, { call_sid: callSid, created_at: data.created_at ?? now, last_updated: now });
  return fields;
}

/**
 * The fields that an update replaces, as text, so that it no longer matters what becomes of `updates`. `call_sid` is not
 * one of them. Throws `BAD_REQUEST` when `updates` is no object or JSON cannot hold it.
 */
export function updatedFields(updates: SessionData): JsonFields {
  requireData('An update of a session', updates);
  const fields: JsonFields = new Map();
  setJsonFields(fields, updates);
  fields.delete('call_sid');
  return fields;
}

/** Replaces `changes` in the fields of a stored session, and `last_updated` always, by `now` (ISO 8601 UTC). */
export function applyFields(session: JsonFields, changes: JsonFields, now: string): void {
  for (const [name, member] of changes) session.set(name, member);
  session.set('last_updated', `"last_updated":"${now}"`);
}

/** Throws `BAD_MESSAGE` when the stored text is not a JSON object. */
export function readSession(text: string): SessionData {
  const value = parsedJson(text);
  if (!isJsonObject(value)) throw new GatewayError('BAD_MESSAGE', 'A stored session is not a JSON object');
  return value;
}

/** A CallSid, or any other text that names a call. Throws `BAD_REQUEST` when it is empty or no text. */
export function requireCallSid(callSid: string): void {
  requireKey('The CallSid of a session', callSid);
}

/** The time as ISO 8601 in UTC, e.g. `2026-11-24T15:30:00.000Z`; printed by `Date` once a second only, which is slow. */
export class IsoClock {
  #second = Number.NaN;
  #upToSecond = '';

  now(): string {
    const ms = Date.now();
    const second = Math.floor(ms / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#upToSecond = new Date(second * 1_000).toISOString().slice(0, -'000Z'.length);
    }
    return `${this.#upToSecond}${String(ms - second * 1_000).padStart(3, '0')}Z`;
  }
}
