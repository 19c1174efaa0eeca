import { and, desc, eq, gte, inArray, lt, ne, or, type SQL, sql as statement } from 'drizzle-orm';
import { summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import { calls } from '../database/call-schema.js';
import type { Database } from '../database/database.js';
import { ERASED, eraseTraces, wasErased } from '../database/erasures.js';
import { appointments } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import { toFinishedCall, toRow } from './call-row.js';
import { lockNumber, settleCall } from './callback-rows.js';
import { Callbacks } from './callbacks.js';
import { DialResults } from './dial-results.js';
import type { CallQuery, DialResult, EndedCall, FinishedCall } from './finished-call.js';
import { RecordQueue } from './record-queue.js';
import type { UnrecordedCalls } from './unrecorded-calls.js';

interface CallLogOptions {
  readonly database: Database;
  readonly logger: Logger;
  /** Where calls wait for the database, beyond the end of this gateway; absent: nowhere. */
  readonly kept?: UnrecordedCalls | undefined;
  /** Absent: nobody is told how many callers are to be rung. */
  readonly metrics?: Pick<Metrics, 'callbacksOpen'> | undefined;
}

const CLAIM_EVERY_MS = 60_000;

/**
 * The calls that have ended, and with them who is to be rung back. Reading rejects as {@link Database} does; recording never does.
 */
export class CallLog {
  readonly callbacks: Callbacks;
  readonly #options: CallLogOptions;
  readonly #queue: RecordQueue<EndedCall>;
  readonly #dials: DialResults;
  readonly #claiming: NodeJS.Timeout;

  constructor(options: CallLogOptions) {
    const { logger, kept } = options;
    this.#options = options;
    this.callbacks = new Callbacks(options);
    this.#queue = new RecordQueue({ write: (call) => this.#insert(call), logger, kept });
    this.#dials = new DialResults(options);
    this.#claiming = setInterval(() => void this.claim(), CLAIM_EVERY_MS).unref();
  }

  /** Takes over what other gateways could not record before they ended; done every minute. Never rejects. */
  async claim(): Promise<void> {
    const { kept, logger, metrics } = this.#options;
    for (const call of (await kept?.all()) ?? []) this.#queue.add(call, true);
    this.#dials.retry();
    try {
      metrics?.callbacksOpen.set(await this.callbacks.sweep());
    } catch (error) {
      logger.debug(summarize(error), 'The list of call-backs could not be looked through');
    }
  }

  /**
   * Takes the call to be written in the background, again and again while the database does not answer; recorded once, the first
   * record of a `call_sid` stays. Its call-back is made with its row, in one transaction.
   */
  record(call: EndedCall): void {
    this.#queue.add(call);
  }

  /** Claims now, and settles when nothing waits any more: not while the database is away. Never rejects. */
  async recordWaiting(): Promise<void> {
    await this.claim();
    await Promise.all([this.#queue.drained(), this.#dials.drained()]);
  }

  /** Twilio tells what came of dialling a person: written likewise, whichever gateway records the call, and when. */
  dialled(result: DialResult): void {
    this.#dials.record(result);
  }

  /** How many calls and results wait to be written. */
  get waiting(): number {
    return this.#queue.size + this.#dials.waiting;
  }

  /** Settles when nothing waits any more or `timeoutMs` have passed; what is left then is logged, as kept or as lost. Never rejects. */
  async close(timeoutMs = 2000): Promise<void> {
    clearInterval(this.#claiming);
    await Promise.all([this.#queue.close(timeoutMs), this.#dials.close(timeoutMs)]);
  }

  /** `null` when no such call has ended. */
  async get(callSid: string): Promise<FinishedCall | null> {
    const [row] = await this.#options.database.run((sql) =>
      sql.select().from(calls).where(eq(calls.callSid, callSid)),
    );
    return row ? toFinishedCall(row) : null;
  }

  /** The latest first. */
  async list(query: CallQuery): Promise<readonly FinishedCall[]> {
    const { from, to, limit, before, outcomes, isTest, customerId } = query;
    const filters: SQL[] = [];
    if (from) filters.push(gte(calls.startedAt, from));
    if (to) filters.push(lt(calls.startedAt, to));
    if (before !== undefined) filters.push(earlierThan(before));
    if (customerId !== undefined) filters.push(eq(calls.customerId, customerId));
    if (outcomes) filters.push(inArray(calls.outcome, [...outcomes]));
    if (isTest !== undefined) filters.push(eq(calls.test, isTest));
    const rows = await this.#options.database.run((sql) => {
      return sql
        .select()
        .from(calls)
        .where(and(...filters))
        .orderBy(desc(calls.startedAt), desc(calls.id))
        .limit(limit);
    });
    return rows.map(toFinishedCall);
  }

  async #insert(call: EndedCall): Promise<void> {
    await this.#options.database.transaction(async (sql) => {
      const kept = await withoutErased(sql, call);
      await lockNumber(sql, kept.caller_phone);
      const added = await sql
        .insert(calls)
        .values(toRow(kept))
        .onConflictDoNothing()
        .returning({ id: calls.id });
      if (added.length === 0) return;
      const { confirmed_appointment: heard } = kept;
      if (heard !== null)
        await sql.update(appointments).set({ confirmed: true }).where(isOfCall(heard, kept));
      await settleCall(sql, kept);
    });
    this.#dials.onRecorded(call.call_sid);
  }
}

/** The call; without number and words when its caller was erased after it had begun. */
async function withoutErased(sql: Sql, call: EndedCall): Promise<EndedCall> {
  const { call_sid, caller_phone } = call;
  if (!(await wasErased(sql, caller_phone, new Date(call.started_at)))) return call;
  await eraseTraces(sql, call_sid, caller_phone, new Date());
  const nobody = { caller_phone: ERASED, customer_id: null, summary: null, callback: null };
  return { ...call, ...nobody, transcript: [], full_transcript: null };
}

// A caller has heard of an appointment that the call has booked, or that was theirs.
function isOfCall(id: number, { call_sid, customer_id }: EndedCall): SQL | undefined {
  const { callSid, customerId } = appointments;
  const isOwn = customer_id === null ? undefined : eq(customerId, customer_id);
  return and(eq(appointments.id, id), ne(appointments.status, 'held'), or(eq(callSid, call_sid), isOwn));
}

function earlierThan(callSid: string): SQL {
  return statement`(${calls.startedAt}, ${calls.id}) < (select c.started_at, c.id from ${calls} c where c.call_sid = ${callSid})`;
}
