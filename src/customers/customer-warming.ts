import { setTimeout as pause } from 'node:timers/promises';
import { and, desc, eq, gt, sql as statement } from 'drizzle-orm';
import { z } from 'zod';
import { summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { calls } from '../database/call-schema.js';
import type { Database } from '../database/database.js';
import { customers } from '../database/schema.js';
import type { CustomerCache } from './customer-cache.js';

export interface CustomerWarmingOptions {
  readonly database: Database;
  readonly cache: Pick<CustomerCache, 'getCachedCustomer'>;
  readonly lookup: { readonly isSearching: boolean; refresh(phone: string): Promise<void> };
  /** How long a customer stays cached. */
  readonly ttlSeconds: number;
  /** Whether callers are to be expected: else nothing is done. */
  readonly isOpen: () => boolean;
  readonly logger: Logger;
  readonly clock?: () => Date;
  /** Milliseconds between two customers; 50 when absent. */
  readonly paceMs?: number;
}

export const KEPT_WARM = 200;
const DAYS = 90;
const DAY_MS = 86_400_000;
const PACE_MS = 50;
/** Who calls most changes slowly, and to count it takes a while. */
const COUNTED_EVERY_MS = 3_600_000;
const SHORTEST_ROUND_MS = 1_000;

const Entry = z.object({ cached_at: z.iso.datetime() });

/**
 * Keeps the customers in the cache who call most: in opening hours each is read anew before its entry ends. One after the other, 20 a second
 * at most, and while a call looks for its customer nothing is begun. What another gateway has renewed is left alone.
 */
export class CustomerWarming {
  readonly #options: CustomerWarmingOptions;
  readonly #closing = new AbortController();
  #numbers: readonly string[] = [];
  #countedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isWanted = false;
  #rounds: Promise<void> | null = null;

  constructor(options: CustomerWarmingOptions) {
    this.#options = options;
  }

  /** Begins to keep customers warm; a round each third of their time to live. */
  start(): void {
    const everyMs = Math.max(SHORTEST_ROUND_MS, (this.#options.ttlSeconds * 1000) / 3);
    this.#timer = setInterval(() => void this.warm(), everyMs).unref();
    void this.warm();
  }

  /** One round, now or after the one that is under way: also called when Redis is there again, perhaps empty. Never rejects. */
  warm(): Promise<void> {
    this.#isWanted = !this.#closing.signal.aborted;
    this.#rounds ??= this.#goRound().finally(() => {
      this.#rounds = null;
    });
    return this.#rounds;
  }

  /** Settles when nothing more is asked of the database. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    await this.#rounds;
  }

  async #goRound(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#once();
    }
  }

  async #once(): Promise<void> {
    const { isOpen, logger } = this.#options;
    const { signal } = this.#closing;
    try {
      let renewed = 0;
      for (const phone of isOpen() ? await this.#mostFrequent() : []) {
        if (await this.#isFresh(phone)) continue;
        // The pause comes first: whoever called meanwhile is served before.
        do await pause(this.#options.paceMs ?? PACE_MS, undefined, { signal });
        while (this.#options.lookup.isSearching);
        await this.#options.lookup.refresh(phone);
        renewed += 1;
      }
      if (renewed > 0) logger.debug({ renewed }, 'Customers who call often are cached');
    } catch (error) {
      if (!signal.aborted) logger.debug(summarize(error), 'Customers who call often cannot be cached now');
    }
  }

  async #mostFrequent(): Promise<readonly string[]> {
    if (performance.now() - this.#countedAt < COUNTED_EVERY_MS) return this.#numbers;
    const now = this.#options.clock?.() ?? new Date();
    this.#numbers = await frequentCallers(this.#options.database, new Date(now.getTime() - DAYS * DAY_MS));
    this.#countedAt = performance.now();
    return this.#numbers;
  }

  async #isFresh(phone: string): Promise<boolean> {
    const entry = Entry.safeParse(await this.#options.cache.getCachedCustomer(phone));
    if (!entry.success) return false;
    const age = Date.now() - Date.parse(entry.data.cached_at);
    return age < (this.#options.ttlSeconds * 1000) / 2;
  }
}

/** The numbers of customers from which most calls came since then, the most frequent first. */
async function frequentCallers(database: Database, since: Date): Promise<readonly string[]> {
  const rows = await database.run((sql) =>
    sql
      .select({ phone: customers.phoneNumber })
      .from(calls)
      .innerJoin(customers, eq(customers.phoneNumber, calls.callerPhone))
      .where(and(gt(calls.startedAt, since), eq(calls.test, false)))
      .groupBy(customers.phoneNumber)
      .orderBy(desc(statement`count(*)`), customers.phoneNumber)
      .limit(KEPT_WARM),
  );
  return rows.map(({ phone }) => phone);
}
