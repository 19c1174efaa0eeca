import { and, asc, desc, eq, inArray, lt, type SQL, sql as statement } from 'drizzle-orm';
import { z } from 'zod';
import { CallSid, Id, Time, type Unchanged } from '../core/fields.js';
import { callbacks } from '../database/call-schema.js';
import type { Database } from '../database/database.js';
import { type CallbackRow, noteLateBookings } from './callback-rows.js';
import { CALLBACK_REASONS } from './finished-call.js';

export const CALLBACK_STATUSES = ['open', 'done'] as const;
type CallbackStatus = (typeof CALLBACK_STATUSES)[number];

/** Somebody whom the shop is to ring, or has rung. */
export const CallbackAnswer = z
  .object({
    id: Id,
    call_sid: CallSid,
    caller_phone: z.string().describe('the number to ring, E.164'),
    customer_id: Id.nullable(),
    reason: z.enum(CALLBACK_REASONS),
    urgent: z.boolean().describe('the car does not drive, or the caller was cut off twice'),
    summary: z.string().describe('what was wanted and what came of it, with the message if one was left'),
    created_at: Time.describe('when the call ended, of several the first'),
    status: z.enum(CALLBACK_STATUSES),
    note: z.string().nullable().describe('what staff noted, or why it was closed'),
  })
  .meta({ id: 'CallBack', description: 'A caller who was not served.' });
export type Callback = Unchanged<z.infer<typeof CallbackAnswer>>;

interface CallbackQuery {
  /** Absent: all. */
  readonly status?: CallbackStatus | undefined;
  readonly limit: number;
  /** The id of the last one of the page before; one that does not exist gives an empty page. */
  readonly before?: number | undefined;
}

/** Fields that are absent or `undefined` stay as they are. */
interface CallbackChange {
  readonly status?: CallbackStatus | undefined;
  readonly note?: string | null | undefined;
}

/** No call lasts longer: when Twilio has not told by then what came of dialling a person, it will not. */
const DIAL_MS = 4 * 3_600_000;
/** A booking is written within seconds after the end of its call, and swept for every minute, by whichever gateway there is. */
const LATE_BOOKING_MS = 3_600_000;

/** The list of those who were not served, one for a call; made when a call is recorded. Rejects as {@link Database} does. */
export class Callbacks {
  readonly #database: Database;
  readonly #clock: () => Date;

  constructor({ database, clock = () => new Date() }: { database: Database; clock?: () => Date }) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Urgent first, then the oldest first; with the status `done` the latest first. */
  async list({ status, limit, before }: CallbackQuery): Promise<readonly Callback[]> {
    const filters: SQL[] = [status ? eq(callbacks.status, status) : isOnList()];
    const isHistory = status === 'done';
    if (before !== undefined) filters.push(isHistory ? earlierThan(before) : after(before));
    const rows = await this.#database.run((sql) =>
      sql
        .select()
        .from(callbacks)
        .where(and(...filters))
        .orderBy(...(isHistory ? LATEST_FIRST : MOST_DUE_FIRST))
        .limit(limit),
    );
    return rows.map(toCallback);
  }

  /** Null when there is none with this id. */
  async change(id: number, { status, note }: CallbackChange): Promise<Callback | null> {
    const doneAt = statement<Date>`case when ${callbacks.status} = 'done' then ${callbacks.doneAt} else now() end`;
    const change = {
      ...(note === undefined ? {} : { note }),
      ...(status === undefined ? {} : { status, doneAt: status === 'done' ? doneAt : null }),
    };
    const isIt = and(eq(callbacks.id, id), isOnList());
    const [row] = await this.#database.run((sql) =>
      Object.keys(change).length === 0
        ? sql.select().from(callbacks).where(isIt)
        : sql.update(callbacks).set(change).where(isIt).returning(),
    );
    return row ? toCallback(row) : null;
  }

  /**
   * Puts on the list whose dialled person may not have answered: Twilio never told. Finds the bookings that were written after their call had been
   * recorded. Gives how many are open.
   */
  async sweep(): Promise<number> {
    const now = this.#clock().getTime();
    const longAgo = new Date(now - DIAL_MS);
    return this.#database.run(async (sql) => {
      await noteLateBookings(sql, new Date(now - LATE_BOOKING_MS));
      const isLate = and(eq(callbacks.status, 'dialling'), lt(callbacks.createdAt, longAgo));
      await sql.update(callbacks).set({ status: 'open' }).where(isLate);
      return sql.$count(callbacks, eq(callbacks.status, 'open'));
    });
  }
}

function isOnList(): SQL {
  return inArray(callbacks.status, [...CALLBACK_STATUSES]);
}

const MOST_DUE_FIRST = [statement`${callbacks.urgent} desc`, asc(callbacks.createdAt), asc(callbacks.id)];
const LATEST_FIRST = [desc(callbacks.createdAt), desc(callbacks.id)];

function earlierThan(id: number): SQL {
  return statement`(${callbacks.createdAt}, ${callbacks.id}) < (select c.created_at, c.id from ${callbacks} c where c.id = ${id})`;
}

function after(id: number): SQL {
  return statement`(not ${callbacks.urgent}, ${callbacks.createdAt}, ${callbacks.id}) > (select not c.urgent, c.created_at, c.id from ${callbacks} c where c.id = ${id})`;
}

function toCallback(row: CallbackRow): Callback {
  return {
    id: row.id,
    call_sid: row.callSid,
    caller_phone: row.callerPhone,
    customer_id: row.customerId,
    reason: row.reason,
    urgent: row.urgent,
    summary: row.summary,
    created_at: row.createdAt.toISOString(),
    status: row.status === 'done' ? 'done' : 'open',
    note: row.note,
  };
}
