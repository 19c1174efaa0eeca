import { isDeepStrictEqual } from 'node:util';
import { BoundedMap } from '../core/bounded-map.js';
import { summarize, withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import { CachedCustomer, type Customer } from './customer.js';
import type { CustomerCache } from './customer-cache.js';
import { normalizePhone } from './phone-number.js';

interface CustomerLookupOptions {
  readonly cache: CustomerCache;
  /** Where customers come from that are not cached: the {@link CustomerRepository}. */
  readonly customers: { findByPhone(phone: string): Promise<Customer | null> };
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** How long a call waits for its customer; 250 ms when absent. */
  readonly deadlineMs?: number;
}

/** A number without a customer is not searched for again so long: a flood of calls must not become a flood of queries. */
const UNKNOWN_MS = 30_000;

/** Who calls from a number: the cache first, then the database; one search at a time for each number. */
export class CustomerLookup {
  readonly #options: CustomerLookupOptions;
  /** Numbers without a customer, and until when (`performance.now()`) that is remembered. */
  readonly #unknown = new BoundedMap<string, number>();
  readonly #searches = new Map<string, Search>();

  constructor(options: CustomerLookupOptions) {
    this.#options = options;
  }

  /**
   * The one customer with this number, or `null` when there is none or the answer takes too long; the search then goes on and fills
   * the cache. Never rejects.
   */
  async byPhone(phone: string): Promise<Customer | null> {
    const number = normalizePhone(phone);
    if (number === null) return this.#answer('no_number', null);
    if ((this.#unknown.get(number) ?? 0) > performance.now()) {
      this.#options.metrics.stores.customerAsked('hit');
      return this.#answer('answered', null);
    }
    const search = this.#searches.get(number) ?? this.#begin(number);
    try {
      const { result, customer } = await withDeadline(
        search.found,
        this.#options.deadlineMs ?? 250,
        'The lookup',
      );
      return this.#answer(result, customer);
    } catch {
      return this.#answer('late', null);
    }
  }

  /**
   * Makes what is known of this number (E.164) out of date: called after the commit of every write that changes a customer. A search
   * that has begun before starts over, at another gateway it does not stay cached. Never rejects.
   */
  async forget(phone: string): Promise<void> {
    const search = this.#searches.get(phone);
    if (search) search.outdated = true;
    this.#unknown.delete(phone);
    await this.#options.cache.invalidateCustomerCache(phone);
  }

  /** Whether somebody waits for a customer just now. */
  get isSearching(): boolean {
    return this.#searches.size > 0;
  }

  /**
   * Reads the customer of this number (E.164) anew and caches it, so that the next call finds it there; a search for a call that is under
   * way does the same. Rejects as the database does.
   */
  async refresh(phone: string): Promise<void> {
    if (this.#searches.has(phone)) return;
    const customer = await this.#options.customers.findByPhone(phone);
    if (customer !== null) await this.#store(phone, customer);
  }

  #answer(result: 'no_number' | 'answered' | 'late' | 'failed', customer: Customer | null): Customer | null {
    // No figure may tell whether a number is a customer's: anybody can call with it.
    this.#options.metrics.customerLookups.inc({ result });
    return customer;
  }

  #begin(phone: string): Search {
    const search: Search = {
      outdated: false,
      found: Promise.resolve({ result: 'answered', customer: null }),
    };
    search.found = this.#search(phone, search)
      .catch((error: unknown): Found => {
        this.#options.logger.warn(summarize(error), 'A customer could not be looked up');
        return { result: 'failed', customer: null };
      })
      .finally(() => this.#searches.delete(phone));
    this.#searches.set(phone, search);
    return search;
  }

  async #search(phone: string, search: Search): Promise<Found> {
    const { cache, customers } = this.#options;
    const cached = readCustomerEntry(await cache.getCachedCustomer(phone), phone);
    const isHit = cached !== null && !search.outdated;
    this.#options.metrics.stores.customerAsked(isHit ? 'hit' : 'miss');
    if (isHit) return { result: 'answered', customer: cached };
    let customer: Customer | null;
    do {
      search.outdated = false;
      customer = await customers.findByPhone(phone);
      if (search.outdated) continue;
      if (customer === null) this.#unknown.set(phone, performance.now() + UNKNOWN_MS);
      else await this.#store(phone, customer);
    } while (search.outdated);
    return { result: 'answered', customer };
  }

  /** Caches what was just read of this number. */
  async #store(phone: string, customer: Customer): Promise<void> {
    const { cache, customers } = this.#options;
    const stored = await cache.cacheCustomer(phone, { ...customer });
    // A write of any gateway that was committed since has cleared the cache before this entry came, perhaps: then what is read now is another.
    const now = stored ? await customers.findByPhone(phone).catch(() => null) : null;
    if (!isDeepStrictEqual(now, customer)) await cache.invalidateCustomerCache(phone);
  }
}

interface Found {
  readonly result: 'answered' | 'failed';
  readonly customer: Customer | null;
}

interface Search {
  /** A write was committed since this search last read. */
  outdated: boolean;
  found: Promise<Found>;
}

/** A customer as read from the cache, which others may write too; `null` when it is not one of ours or of another number. */
function readCustomerEntry(entry: unknown, phone: string): Customer | null {
  const parsed = CachedCustomer.safeParse(entry);
  return parsed.success && parsed.data.phone_number === phone ? parsed.data : null;
}
