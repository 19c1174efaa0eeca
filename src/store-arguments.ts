import { GatewayError } from './core/errors.js';
import { isJsonObject, jsonProblem } from './core/json.js';

/** 68 years: beyond it lies a mistake, such as microseconds. */
const LONGEST_TTL_SECONDS = 2_147_483_647;
/** Half of a character: Redis would store another one in its place, and two keys might become one. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** Throws `BAD_REQUEST` unless `key` can name something in a store; `what` says what it names. */
export function requireKey(what: string, key: unknown): void {
  if (typeof key !== 'string') throw refused(`${what} must be text, not ${kindOf(key)}`);
  if (key === '') throw refused(`${what} is empty`);
  if (LONE_SURROGATE.test(key)) throw refused(`${what} is not valid Unicode: it holds half of a character`);
}

/** Throws `BAD_REQUEST` unless `data` is an object that is read back from JSON as it is; `what` says what it is, with an article. */
export function requireData(what: string, data: unknown): void {
  const problem = isListOrNoObject(data) ? `it is ${kindOf(data)}` : jsonProblem(data);
  if (problem !== null) throw refused(`${what} must be an object that JSON can hold: ${problem}`);
}

/** Milliseconds of a time to live in seconds. Throws `BAD_REQUEST` unless it is a positive number, of 68 years at most. */
export function ttlMs(seconds: number): number {
  const problem = ttlProblem(seconds);
  if (problem !== null) throw refused(`A time to live ${problem}`);
  return Math.round(seconds * 1_000);
}

/** What is wrong with a time to live, `null` when nothing is. */
export function ttlProblem(seconds: unknown): string | null {
  const isTime = typeof seconds === 'number' && seconds >= 0.001 && seconds <= LONGEST_TTL_SECONDS;
  if (isTime) return null;
  return `must be a positive number of seconds, ${LONGEST_TTL_SECONDS} at most, not ${kindOf(seconds)}`;
}

/** A value as a message may name it: numbers as they are, never a text, which may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number') return String(value);
  if (value === '') return 'an empty text';
  if (typeof value === 'string') return 'text';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

// A revoked proxy throws when it is asked whether it is a list.
function isListOrNoObject(data: unknown): boolean {
  try {
    return !isJsonObject(data);
  } catch {
    return false;
  }
}

function refused(message: string): GatewayError {
  return new GatewayError('BAD_REQUEST', message);
}
