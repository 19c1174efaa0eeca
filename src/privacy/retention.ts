import { setTimeout as delay } from 'node:timers/promises';
import { and, eq, inArray, isNotNull, lt, ne, or, type SQL, sql as statement } from 'drizzle-orm';
import { summarize, withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { callbacks, calls, erasures, hasWords } from '../database/call-schema.js';
import type { Database } from '../database/database.js';
import { DIGEST_KEPT_MS } from '../database/erasures.js';
import { wrongVinTries } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';

export interface RetentionOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly days: number;
  /** Deletes this gateway's recordings that began before, and returns how many; absent: it makes none. */
  readonly dropRecordings?: ((before: Date) => Promise<number>) | undefined;
  readonly clock?: () => Date;
  /** Rows of one transaction; 100 when absent. */
  readonly batch?: number;
}

const DAY_MS = 86_400_000;
const EVERY_MS = 3_600_000;
/** A gateway that has just started has callers to think of. */
const FIRST_MS = 60_000;
const PAUSE_MS = 100;
const CLOSE_MS = 2000;
// Any number that nothing else in the database locks.
const RETENTION_LOCK = 227_529_619;

/** Deletes a batch of what is too old; returns how many rows. `before`: what is older goes. */
type Step = (sql: Sql, before: Date, batch: number) => Promise<number>;

/**
 * Deletes words, wrong tries and recordings when their time is over; what the figures are made from stays. In small transactions with pauses, one
 * gateway at a time: a batch that another gateway is at is left to it.
 */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #clock: () => Date;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => new Date());
  }

  /** Runs in a minute, and then every hour. */
  start(): void {
    this.#arm(FIRST_MS);
  }

  /** Deletes all that is too old now. Never rejects; what fails is done the next time. */
  async run(): Promise<void> {
    const now = this.#clock();
    const before = new Date(now.getTime() - this.#options.days * DAY_MS);
    try {
      const counts = {
        calls: await this.#repeat(forgetWords, before),
        callbacks: await this.#repeat(forgetMessages, before),
        // Nothing looks at them after a day.
        wrong_tries: await this.#repeat(dropTries, new Date(now.getTime() - DAY_MS)),
        recordings: (await this.#options.dropRecordings?.(before)) ?? 0,
      };
      await this.#repeat(forgetDigests, new Date(now.getTime() - DIGEST_KEPT_MS));
      await this.#repeat(dropErasures, new Date(before.getTime() - DAY_MS));
      const some = Object.values(counts).some((count) => count > 0);
      this.#options.logger[some ? 'info' : 'debug'](counts, 'What was kept long enough is deleted');
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#options.logger.warn(
        { err: summarize(error) },
        'Old transcripts could not be deleted; next try in an hour',
      );
    }
  }

  /** Waits for a batch under way, 2 s at most. Never rejects. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#closing.abort();
    await withDeadline(this.#running, CLOSE_MS, 'Ending the retention').catch(() => undefined);
  }

  #arm(ms: number): void {
    if (this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.run().finally(() => this.#arm(EVERY_MS));
    }, ms).unref();
  }

  /** How many rows were dealt with here. */
  async #repeat(step: Step, before: Date): Promise<number> {
    const { database, batch = 100 } = this.#options;
    const { signal } = this.#closing;
    for (let total = 0; ; ) {
      signal.throwIfAborted();
      const done = await database.transaction(async (sql) => {
        return (await isOurTurn(sql)) ? step(sql, before, batch) : 0;
      });
      total += done;
      if (done < batch) return total;
      await delay(PAUSE_MS, undefined, { signal, ref: false });
    }
  }
}

async function isOurTurn(sql: Sql): Promise<boolean> {
  const { rows } = await sql.execute<{ ours: boolean }>(
    statement`select pg_try_advisory_xact_lock(${RETENTION_LOCK}) as ours`,
  );
  return rows[0]?.ours === true;
}

async function forgetWords(sql: Sql, before: Date, batch: number): Promise<number> {
  const old = sql
    .select({ id: calls.id })
    .from(calls)
    .where(and(lt(calls.startedAt, before), hasWords(calls)))
    .orderBy(calls.startedAt)
    .limit(batch)
    .for('update', { skipLocked: true });
  const wordless = { transcript: [], fullTranscript: null };
  return count(await sql.update(calls).set(wordless).where(inArray(calls.id, old)));
}

async function forgetMessages(sql: Sql, before: Date, batch: number): Promise<number> {
  const { id, status, doneAt, summary, note } = callbacks;
  const old = sql
    .select({ id })
    .from(callbacks)
    .where(and(eq(status, 'done'), lt(doneAt, before), or(ne(summary, ''), isNotNull(note))))
    .limit(batch)
    .for('update', { skipLocked: true });
  return count(await sql.update(callbacks).set({ summary: '', note: null }).where(inArray(id, old)));
}

async function dropTries(sql: Sql, before: Date, batch: number): Promise<number> {
  const { id, triedAt } = wrongVinTries;
  const old = sql.select({ id }).from(wrongVinTries).where(lt(triedAt, before)).limit(batch);
  const free = old.for('update', { skipLocked: true });
  return count(await sql.delete(wrongVinTries).where(inArray(id, free)));
}

async function forgetDigests(sql: Sql, before: Date, batch: number): Promise<number> {
  const { id, erasedAt, numberDigests } = erasures;
  const some: SQL = statement`${numberDigests} <> '[]'::jsonb`;
  const old = sql
    .select({ id })
    .from(erasures)
    .where(and(lt(erasedAt, before), some))
    .limit(batch);
  return count(await sql.update(erasures).set({ numberDigests: [] }).where(inArray(id, old)));
}

// Every recording that it names is too old by then.
async function dropErasures(sql: Sql, before: Date, batch: number): Promise<number> {
  const { id, erasedAt } = erasures;
  const old = sql.select({ id }).from(erasures).where(lt(erasedAt, before)).limit(batch);
  return count(await sql.delete(erasures).where(inArray(id, old)));
}

function count({ rowCount }: { rowCount: number | null }): number {
  return rowCount ?? 0;
}
