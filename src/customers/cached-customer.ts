import { GatewayError } from '../core/errors.js';
import { isJsonObject } from '../core/json.js';
import { requireData, requireKey } from '../store-arguments.js';
import type { CustomerData } from './customer-cache.js';

/** The text of a cache entry: `data` and `cached_at`. Throws `BAD_REQUEST` when `data` is no object or JSON cannot hold it. */
export function writeCachedCustomer(data: CustomerData): string {
  requireData('A customer', data);
  return JSON.stringify({ ...data, cached_at: new Date().toISOString() });
}

/** Throws `BAD_MESSAGE` when the entry is not a JSON object. */
export function readCachedCustomer(text: string): CustomerData {
  const value = parse(text);
  if (!isJsonObject(value)) throw new GatewayError('BAD_MESSAGE', 'A cached customer is not a JSON object');
  return value;
}

/** Throws `BAD_REQUEST` when the phone number is empty or no text; what it looks like is the caller's business. */
export function requirePhone(phone: string): void {
  requireKey('The phone number of a cached customer', phone);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
