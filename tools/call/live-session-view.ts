import { isJsonObject } from '../../src/core/json.js';

export interface SeenTurn {
  readonly role: string;
  readonly content: string;
  /** ISO 8601: when it began; empty where the gateway does not tell. */
  readonly timestamp: string;
  readonly interrupted: boolean;
}

/** What an outside watcher reads of a live session. */
export interface LiveSessionView {
  readonly callSid: string;
  readonly state: string;
  readonly speaking: boolean;
  readonly intent: string | null;
  readonly collected: Readonly<Record<string, unknown>>;
  readonly history: readonly SeenTurn[];
}

/** Reads a session as `/api/live` gives it; `null` when the text is none. Unknown fields are passed over. */
export function readLiveSession(json: string): LiveSessionView | null {
  const value = parse(json);
  if (!isJsonObject(value)) return null;
  const { call_sid, current_state, speaking, intent, collected_data, conversation_history } = value;
  if (typeof call_sid !== 'string' || typeof current_state !== 'string') return null;
  if (!isJsonObject(collected_data) || !Array.isArray(conversation_history)) return null;
  return {
    callSid: call_sid,
    state: current_state,
    speaking: speaking === true,
    intent: typeof intent === 'string' ? intent : null,
    collected: collected_data,
    history: conversation_history.flatMap(readTurn),
  };
}

/** The `call_sid` of an `ended` event; `null` when the text is none. */
export function readCallSid(json: string): string | null {
  const value = parse(json);
  return isJsonObject(value) && typeof value.call_sid === 'string' ? value.call_sid : null;
}

function readTurn(turn: unknown): SeenTurn[] {
  if (!isJsonObject(turn) || typeof turn.role !== 'string' || typeof turn.content !== 'string') return [];
  const { role, content, timestamp, interrupted } = turn;
  const began = typeof timestamp === 'string' ? timestamp : '';
  return [{ role, content, timestamp: began, interrupted: interrupted === true }];
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
