import { and, desc, eq, gte, lt, type SQL, sql as statement } from 'drizzle-orm';
import { z } from 'zod';
import type { Logger } from '../core/logger.js';
import { calls } from '../database/call-schema.js';
import type { Database } from '../database/database.js';
import { ERASED, eraseTraces, wasErased } from '../database/erasures.js';
import type { Sql } from '../database/sql-pool.js';
import { CALL_OUTCOMES, type CallQuery, type FinishedCall } from './finished-call.js';
import { RecordQueue } from './record-queue.js';
import type { UnrecordedCalls } from './unrecorded-calls.js';

export interface CallLogOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Where calls wait for the database, beyond the end of this gateway; absent: nowhere. */
  readonly kept?: UnrecordedCalls | undefined;
}

const CLAIM_EVERY_MS = 60_000;
const Outcome = z.enum(CALL_OUTCOMES);

/** The calls that have ended. Reading rejects as {@link Database} does; recording never does. */
export class CallLog {
  readonly #database: Database;
  readonly #queue: RecordQueue;
  readonly #kept: UnrecordedCalls | undefined;
  readonly #claiming: NodeJS.Timeout;

  constructor({ database, logger, kept }: CallLogOptions) {
    this.#database = database;
    this.#kept = kept;
    this.#queue = new RecordQueue({ write: (call) => this.#insert(call), logger, kept });
    this.#claiming = setInterval(() => void this.claim(), CLAIM_EVERY_MS).unref();
  }

  /** Takes over what other gateways could not record before they ended; done every minute. Never rejects. */
  async claim(): Promise<void> {
    for (const call of (await this.#kept?.all()) ?? []) this.#queue.add(call, true);
  }

  /**
   * Takes the call to be written in the background, again and again while the database does not answer; recorded once, the first
   * record of a `call_sid` stays.
   */
  record(call: FinishedCall): void {
    this.#queue.add(call);
  }

  /** Claims now, and settles when nothing waits any more: not while the database is away. Never rejects. */
  async recordWaiting(): Promise<void> {
    await this.claim();
    await this.#queue.drained();
  }

  /** How many calls wait to be written. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Settles when nothing waits any more or `timeoutMs` have passed; what is left then is logged, as kept or as lost. Never rejects. */
  async close(timeoutMs = 2000): Promise<void> {
    clearInterval(this.#claiming);
    await this.#queue.close(timeoutMs);
  }

  /** `null` when no such call has ended. */
  async get(callSid: string): Promise<FinishedCall | null> {
    const [row] = await this.#database.run((sql) =>
      sql.select().from(calls).where(eq(calls.callSid, callSid)),
    );
    return row ? toFinishedCall(row) : null;
  }

  /** The latest first. */
  async list({ from, to, limit, before }: CallQuery): Promise<readonly FinishedCall[]> {
    const filters: SQL[] = [];
    if (from) filters.push(gte(calls.startedAt, from));
    if (to) filters.push(lt(calls.startedAt, to));
    if (before !== undefined) filters.push(earlierThan(before));
    const rows = await this.#database.run((sql) => {
      const query = sql.select().from(calls);
      return query
        .where(and(...filters))
        .orderBy(desc(calls.startedAt), desc(calls.id))
        .limit(limit);
    });
    return rows.map(toFinishedCall);
  }

  async #insert(call: FinishedCall): Promise<void> {
    await this.#database.transaction(async (sql) => {
      const kept = await withoutErased(sql, call);
      await sql.insert(calls).values(toRow(kept)).onConflictDoNothing();
    });
  }
}

/** The call; without number and words when its caller was erased after it had begun. */
async function withoutErased(sql: Sql, call: FinishedCall): Promise<FinishedCall> {
  const { call_sid, caller_phone } = call;
  if (!(await wasErased(sql, caller_phone, new Date(call.started_at)))) return call;
  await eraseTraces(sql, call_sid, caller_phone, new Date());
  return { ...call, caller_phone: ERASED, customer_id: null, transcript: [], full_transcript: null };
}

function earlierThan(callSid: string): SQL {
  return statement`(${calls.startedAt}, ${calls.id}) < (select c.started_at, c.id from ${calls} c where c.call_sid = ${callSid})`;
}

function toRow(call: FinishedCall): typeof calls.$inferInsert {
  return {
    callSid: call.call_sid,
    callerPhone: storable(call.caller_phone),
    customerId: call.customer_id,
    startedAt: new Date(call.started_at),
    endedAt: new Date(call.ended_at),
    durationMs: Math.round(call.duration_ms),
    states: call.states,
    outcome: call.outcome,
    interruptions: call.interruptions,
    transcript: call.transcript.map(storableTurn),
    fullTranscript: call.full_transcript?.map(storableTurn) ?? null,
    latency: call.latency,
    agent: call.agent === null ? null : storable(call.agent),
    usage: call.usage,
  };
}

function storableTurn<T extends { readonly content: string }>(turn: T): T {
  return { ...turn, content: storable(turn.content) };
}

// PostgreSQL has no character zero and no half surrogates; a transcript must not be lost for one.
function storable(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\uFFFD');
}

function toFinishedCall(row: typeof calls.$inferSelect): FinishedCall {
  return {
    call_sid: row.callSid,
    caller_phone: row.callerPhone,
    customer_id: row.customerId,
    started_at: row.startedAt.toISOString(),
    ended_at: row.endedAt.toISOString(),
    duration_ms: row.durationMs,
    states: row.states,
    outcome: Outcome.parse(row.outcome),
    interruptions: row.interruptions,
    transcript: row.transcript,
    full_transcript: row.fullTranscript,
    latency: row.latency && { ...row.latency, model_ms: row.latency.model_ms ?? null },
    agent: row.agent,
    usage: row.usage,
  };
}
