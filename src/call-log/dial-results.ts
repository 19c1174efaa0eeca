import { and, eq, isNull } from 'drizzle-orm';
import type { Logger } from '../core/logger.js';
import { calls } from '../database/call-schema.js';
import type { Database } from '../database/database.js';
import { ERASED, wasErased } from '../database/erasures.js';
import type { Sql } from '../database/sql-pool.js';
import { lockNumber, settleDial } from './callback-rows.js';
import { type DialResult, isAnswered } from './finished-call.js';
import { RecordQueue } from './record-queue.js';

interface DialResultsOptions {
  readonly database: Database;
  readonly logger: Logger;
}

/** A call that has no row by then was never recorded: nobody was there to answer it but the dialled person. */
const AWAIT_ROW_MS = 600_000;
const MAX_EARLY = 10_000;
const LONGEST_CALL_MS = 86_400_000;
/** Of a caller of whom nothing else is known. */
const NOBODY_ANSWERED = 'Was put through to the shop, and nobody answered.';

/**
 * What came of dialling a person, on its way into the database. It may be told to another gateway than the one that records the call, before
 * that has done so, and more than once: the first one stays.
 */
export class DialResults {
  readonly #database: Database;
  readonly #queue: RecordQueue<DialResult>;
  /** Their call has no row yet. */
  readonly #early = new Map<string, DialResult>();

  constructor({ database, logger }: DialResultsOptions) {
    this.#database = database;
    this.#queue = new RecordQueue({ write: (result) => this.#write(result), logger });
  }

  get waiting(): number {
    return this.#queue.size;
  }

  record(result: DialResult): void {
    this.#queue.add(result);
  }

  /** A call was recorded, of which a result may have been told before. */
  onRecorded(callSid: string): void {
    const early = this.#early.get(callSid);
    if (early) this.#queue.add(early);
    this.#early.delete(callSid);
  }

  /** Looks again for the rows of calls that other gateways record. */
  retry(): void {
    const tooOld = Date.now() - AWAIT_ROW_MS;
    for (const result of this.#early.values()) {
      this.#early.delete(result.call_sid);
      if (Date.parse(result.time) > tooOld) this.#queue.add(result);
    }
  }

  /** As the calls' own queue. */
  drained(): Promise<void> {
    return this.#queue.drained();
  }

  close(timeoutMs: number): Promise<void> {
    return this.#queue.close(timeoutMs);
  }

  async #write(result: DialResult): Promise<void> {
    const hasRow = await this.#database.transaction((sql) => writeDialResult(sql, result));
    if (!hasRow && this.#early.size < MAX_EARLY) this.#early.set(result.call_sid, result);
  }
}

/** `false`: the call has no row yet. */
async function writeDialResult(sql: Sql, result: DialResult): Promise<boolean> {
  const { call_sid: callSid, caller_phone, can_be_rung: canBeRung, dial_status: dialStatus } = result;
  // Its lock comes first, as where calls are recorded: else two of them and an erasure could wait for each other.
  const mayBeErased = await wasErased(sql, caller_phone, sinceOf(result));
  await lockNumber(sql, caller_phone);
  const isCall = eq(calls.callSid, callSid);
  const [row] = await sql
    .update(calls)
    .set({ dialStatus })
    .where(and(isCall, isNull(calls.dialStatus)))
    .returning({
      startedAt: calls.startedAt,
      endedAt: calls.endedAt,
      summary: calls.summary,
      isTest: calls.test,
      callerPhone: calls.callerPhone,
    });
  const isKnown = !row && (await sql.$count(calls, isCall)) > 0;
  const isErased = row ? row.callerPhone === ERASED : mayBeErased;
  if (isKnown || isErased || !canBeRung) return isKnown || row !== undefined;
  if (!row && isAnswered(dialStatus)) return false;
  const told = new Date(result.time);
  const { startedAt = told, endedAt = told, summary, isTest = false } = row ?? {};
  const of = { callSid, callerPhone: caller_phone, startedAt, endedAt };
  await settleDial(sql, of, { dialStatus, summary: summary ?? NOBODY_ANSWERED, isTest });
  return row !== undefined;
}

/** Whoever was erased since then may have been on the call. */
function sinceOf({ time }: DialResult): Date {
  return new Date(Date.parse(time) - LONGEST_CALL_MS);
}
