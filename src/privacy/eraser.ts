import { setTimeout as delay } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { GatewayError, withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';
import { lockErasures } from '../database/erasures.js';
import { customers } from '../database/schema.js';
import { type ErasedCounts, eraseCall, erasePerson } from './erased-person.js';

interface EraserOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Every form in which calls may have a number that is E.164. */
  readonly formsOf: (phone: string) => readonly string[];
  /** Whether somebody calls from this number (E.164) now, on any gateway, as far as it can be told. Never rejects. */
  readonly isOnTheLine: (phone: string) => Promise<boolean>;
  /** Removes what is cached of this number; whether that is known to have happened. Never rejects. */
  readonly uncache: (phone: string) => Promise<boolean>;
  /** Records the finished calls that wait for it: from then on they are without what was erased. Never rejects. */
  readonly recordWaiting: () => Promise<void>;
  /** Deletes the recordings that are to go on this gateway, and whether it could; the others do so by themselves. Never rejects. */
  readonly dropRecordings: () => Promise<boolean>;
  readonly clock?: () => Date;
}

/**
 * `complete`: nothing is left here or in the shared stores but what expires by itself; else the rest follows, of Redis as soon as it answers, of recordings
 * within a minute.
 */
interface ErasedCustomer extends ErasedCounts {
  readonly complete: boolean;
}

const RETRY_MS = 2000;
/** Longer than another gateway takes to read a customer from the database and to cache it. */
const LATE_READ_MS = 3000;
/** What is left to do beyond the database is waited for no longer. */
const REST_MS = 600;

/**
 * Erases persons and calls at the shop's wish: first in the database, in one transaction, then wherever else something of them is. What was on its way
 * meanwhile is recorded without them.
 */
export class Eraser {
  readonly #options: EraserOptions;
  readonly #clock: () => Date;
  readonly #closing = new AbortController();

  constructor(options: EraserOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => new Date());
  }

  /** `null`: there is no such customer. Rejects with `CONFLICT` while the customer is on the phone, and as {@link Database} does. */
  async customer(id: number): Promise<ErasedCustomer | null> {
    const { database, isOnTheLine, formsOf, logger } = this.#options;
    const known = await database.run((sql) => phoneOf(sql, id));
    if (known !== null && (await isOnTheLine(known))) throw onTheLine();
    const erased = await database.transaction(async (sql) => {
      await lockErasures(sql);
      const phone = await phoneOf(sql, id);
      return phone === null
        ? null
        : { phone, ...(await erasePerson(sql, id, formsOf(phone), this.#clock())) };
    });
    if (!erased) return null;
    const { phone, ...counts } = erased;
    logger.info(counts, 'A customer was erased');
    return { ...counts, complete: await this.#rest(this.#uncache(phone)) };
  }

  /** False: no such call has ended. Rejects as {@link Database} does. */
  async call(callSid: string): Promise<boolean> {
    const isErased = await this.#options.database.transaction((sql) =>
      eraseCall(sql, callSid, this.#clock()),
    );
    if (isErased) await this.#rest(Promise.resolve());
    return isErased;
  }

  /** What still waits for Redis is given up: it expires there. */
  close(): void {
    this.#closing.abort();
  }

  /** Whether it was done, and in time. */
  async #rest(uncached: Promise<unknown>): Promise<boolean> {
    const { recordWaiting, dropRecordings } = this.#options;
    const all = Promise.all([dropRecordings(), uncached, recordWaiting()]);
    return withDeadline(all, REST_MS, 'Erasing the rest').then(
      ([areDropped]) => areDropped,
      () => false,
    );
  }

  /** Again and again until it is known to have happened; and once more in the background, because a lookup may have been under way. */
  async #uncache(phone: string): Promise<void> {
    const { uncache } = this.#options;
    const { signal } = this.#closing;
    const surely = async () => {
      while (!signal.aborted && !(await uncache(phone)))
        await delay(RETRY_MS, undefined, { signal, ref: false });
    };
    await surely();
    void delay(LATE_READ_MS, undefined, { signal, ref: false })
      .then(surely)
      .catch(() => undefined);
  }
}

async function phoneOf(sql: Parameters<typeof erasePerson>[0], id: number): Promise<string | null> {
  const [row] = await sql
    .select({ phone: customers.phoneNumber })
    .from(customers)
    .where(eq(customers.id, id))
    .for('update');
  return row?.phone ?? null;
}

function onTheLine(): GatewayError {
  return new GatewayError(
    'CONFLICT',
    'This customer is on the phone now. Erase them when the call has ended: what is said until then would be kept.',
  );
}
