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
}
