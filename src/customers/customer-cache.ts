import { GatewayError } from '../core/errors.js';
import { isJsonObject, parsedJson } from '../core/json.js';
import { requireData, requireKey } from '../store-arguments.js';

/** A customer as the library face takes and gives it: any JSON object. */
export type CustomerData = Record<string, unknown>;

/**
 * Customers by phone number, in front of the database. Like the session store it never rejects because of the network: a miss or a fault
 * reads as `null`, a write that is not known to have happened gives `false`. `BAD_REQUEST` is for an empty phone number, data that is no
 * object or that JSON cannot hold, and a time to live that is no positive number.
 */
export interface CustomerCache {
  /** Stores `data` with `cached_at` set to now (ISO 8601 UTC). */
  cacheCustomer(phone: string, data: CustomerData, ttlSeconds?: number): Promise<boolean>;
  getCachedCustomer(phone: string): Promise<CustomerData | null>;
  /** `true` when an entry was there and is gone now. */
  invalidateCustomerCache(phone: string): Promise<boolean>;
  /** What was not removed yet is left to expire. */
  close(): void;
}

/** The text of a cache entry: `data` and `cached_at`. Throws `BAD_REQUEST` when `data` is no object or JSON cannot hold it. */
export function writeCachedCustomer(data: CustomerData): string {
  requireData('A customer', data);
  return JSON.stringify({ ...data, cached_at: new Date().toISOString() });
}

/** Throws `BAD_MESSAGE` when the entry is not a JSON object. */
export function readCachedCustomer(text: string): CustomerData {
  const value = parsedJson(text);
  if (!isJsonObject(value)) throw new GatewayError('BAD_MESSAGE', 'A cached customer is not a JSON object');
  return value;
}

/** Throws `BAD_REQUEST` when the phone number is empty or no text; what it looks like is the caller's business. */
export function requirePhone(phone: string): void {
  requireKey('The phone number of a cached customer', phone);
}
