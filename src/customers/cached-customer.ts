import { GatewayError } from '../errors.js';
import { isJsonObject } from '../json-object.js';
import type { CustomerData } from './customer-cache.js';

/** The text of a cache entry: `data` and `cached_at`. Throws `BAD_REQUEST` when `data` is no object or JSON cannot hold it. */
export function writeCachedCustomer(data: CustomerData): string {
  if (!isJsonObject(data))
    throw new GatewayError('BAD_REQUEST', 'A customer must be an object of named fields');
  try {
    return JSON.stringify({ ...data, cached_at: new Date().toISOString() });
  } catch (cause) {
    throw new GatewayError('BAD_REQUEST', 'A customer holds a value that JSON cannot hold', { cause });
  }
}

/** Throws `BAD_MESSAGE` when the entry is not a JSON object. */
export function readCachedCustomer(text: string): CustomerData {
  const value = parse(text);
  if (!isJsonObject(value)) throw new GatewayError('BAD_MESSAGE', 'A cached customer is not a JSON object');
  return value;
}

/** Throws `BAD_REQUEST` when the phone number is empty; what it looks like is the caller's business. */
export function requirePhone(phone: string): void {
  if (typeof phone === 'string' && phone !== '') return;
  throw new GatewayError('BAD_REQUEST', 'A cached customer needs a phone number, and it is empty');
}

/** Milliseconds of a time to live in seconds. Throws `BAD_REQUEST` unless it is a positive number. */
export function cacheTtlMs(seconds: number): number {
  const ms = Math.round(seconds * 1_000);
  if (ms >= 1 && Number.isSafeInteger(ms)) return ms;
  throw new GatewayError(
    'BAD_REQUEST',
    `A time to live must be a positive number of seconds, not ${seconds}`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
