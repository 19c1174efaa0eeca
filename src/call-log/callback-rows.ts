import { and, desc, eq, gt, gte, inArray, isNotNull, lte, ne, type SQL, sql as statement } from 'drizzle-orm';
import { callbacks, calls } from '../database/call-schema.js';
import { appointments } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import { storable } from './call-row.js';
import { type CallbackDue, type EndedCall, isAnswered } from './finished-call.js';

export type CallbackRow = typeof callbacks.$inferSelect;

/** Any number that nothing else in the database locks. */
const NUMBER_LOCK = 227_529_465;
/** Who is cut off twice within that time is to be rung first. */
const CUT_OFF_TWICE_MS = 86_400_000;
/** Calls of a number that nobody took and that come so soon after each other are one request. */
const SAME_REQUEST_MS = 600_000;
const CUT_OFF: readonly CallbackRow['reason'][] = ['dropped_off', 'failed'];
const SERVED_LATER = 'Called again later and was served.';
const PERSON_ANSWERED = 'A person answered the call.';

/** Of a call-back whose caller did not hear that what the call had asked for last was done. */
const WRITTEN = 'The appointment is in the book.';
const IS_UNTOLD = and(eq(appointments.status, 'booked'), eq(appointments.confirmed, false));

/** Whose call it was, and when it began and ended. */
interface CallOfNumber {
  readonly callSid: string;
  readonly callerPhone: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
}

/** Until the end of the transaction no other call of this number is recorded: whichever of two is written first, one sees the other. */
export async function lockNumber(sql: Sql, callerPhone: string): Promise<void> {
  // All who show no number are not one caller.
  if (!callerPhone.startsWith('+')) return;
  await sql.execute(statement`select pg_advisory_xact_lock(${NUMBER_LOCK}, hashtext(${callerPhone}))`);
}

/** Puts a call that has just been recorded on the list, or takes earlier ones of its number off when it has ended well. */
export async function settleCall(sql: Sql, call: EndedCall): Promise<void> {
  const { callback: due, call_sid: callSid, caller_phone: callerPhone } = call;
  const of = {
    callSid,
    callerPhone,
    startedAt: new Date(call.started_at),
    endedAt: new Date(call.ended_at),
  };
  if (due) await addCallback(sql, of, await withBooking(sql, callSid, due), call.customer_id);
  else if (endedWell(call)) await closeEarlier(sql, of);
}

// The booking that was under way when the call broke may have been written after all.
async function withBooking(sql: Sql, callSid: string, due: CallbackDue): Promise<CallbackDue> {
  if (!CUT_OFF.includes(due.reason)) return due;
  const [untold] = await sql
    .select({ id: appointments.id })
    .from(appointments)
    .where(and(eq(appointments.callSid, callSid), IS_UNTOLD))
    .limit(1);
  return untold ? { ...due, reason: 'unconfirmed_booking', summary: `${due.summary} ${WRITTEN}` } : due;
}

/** Likewise where it was written only after its call had been recorded; `since`: looks at calls that ended later. */
export async function noteLateBookings(sql: Sql, since: Date): Promise<void> {
  const { callSid } = appointments;
  const untold = sql
    .select({ callSid })
    .from(appointments)
    .where(and(isNotNull(callSid), IS_UNTOLD));
  const isCutOff = and(
    inArray(callbacks.reason, [...CUT_OFF]),
    ne(callbacks.status, 'done'),
    gt(callbacks.createdAt, since),
  );
  await sql
    .update(callbacks)
    .set({
      reason: 'unconfirmed_booking',
      summary: statement`${callbacks.summary} || ' ' || ${WRITTEN}::text`,
    })
    .where(and(isCutOff, inArray(callbacks.callSid, untold)));
}

/** What came of dialling a person may be known before the call's row: then it stands there already, and gets what only the row knows. */
async function addCallback(
  sql: Sql,
  of: CallOfNumber,
  due: CallbackDue,
  customerId: number | null,
): Promise<void> {
  const { callSid, callerPhone, endedAt: createdAt } = of;
  const { reason, urgent, summary, is_dialled, joins_open } = due;
  if (!(joins_open && (await joinsOpen(sql, of, due)))) {
    const known = { customerId, reason, urgent, summary: storable(summary), createdAt };
    const row = { callSid, callerPhone, ...known, status: is_dialled ? 'dialling' : 'open' } as const;
    await sql.insert(callbacks).values(row).onConflictDoUpdate({ target: callbacks.callSid, set: known });
    if (CUT_OFF.includes(reason)) await markCutOffTwice(sql, of);
  }
  await closeIfServedLater(sql, of);
}

/**
 * One that stands open for the same becomes that of whichever of the two calls began later: what closes it must have begun after both. False:
 * none does.
 */
async function joinsOpen(
  sql: Sql,
  { callSid, callerPhone, startedAt, endedAt }: CallOfNumber,
  { reason, summary }: CallbackDue,
): Promise<boolean> {
  const [open] = await sql
    .select({ id: callbacks.id, startedAt: calls.startedAt })
    .from(callbacks)
    .innerJoin(calls, eq(calls.callSid, callbacks.callSid))
    .where(
      and(
        eq(callbacks.callerPhone, callerPhone),
        eq(callbacks.status, 'open'),
        eq(callbacks.reason, reason),
        eq(callbacks.summary, storable(summary)),
        ...within(SAME_REQUEST_MS, endedAt),
      ),
    )
    .orderBy(desc(calls.startedAt))
    .limit(1);
  if (!open || open.startedAt >= startedAt) return open !== undefined;
  // Staff may have rung meanwhile.
  const stillOpen = and(eq(callbacks.id, open.id), eq(callbacks.status, 'open'));
  const joined = await sql
    .update(callbacks)
    .set({ callSid })
    .where(stillOpen)
    .returning({ id: callbacks.id });
  return joined.length > 0;
}

function within(ms: number, of: Date): SQL[] {
  const [from, to] = [new Date(of.getTime() - ms), new Date(of.getTime() + ms)];
  return [gte(callbacks.createdAt, from), lte(callbacks.createdAt, to)];
}

async function markCutOffTwice(sql: Sql, { callSid, callerPhone, endedAt }: CallOfNumber): Promise<void> {
  const near = and(
    eq(callbacks.callerPhone, callerPhone),
    inArray(callbacks.reason, [...CUT_OFF]),
    ...within(CUT_OFF_TWICE_MS, endedAt),
  );
  const isTwice = (await sql.$count(callbacks, and(near, ne(callbacks.callSid, callSid)))) > 0;
  if (isTwice) await sql.update(callbacks).set({ urgent: true }).where(near);
}

/** The last state of a call in which all was said. */
const GOODBYE = 'completed';

/** As {@link WAS_SERVED} asks the database. */
function endedWell({ outcome, intent, test, path }: EndedCall): boolean {
  // A call that staff ended is `completed`, too, and has not come to its goodbye.
  const wasServed = outcome === 'completed' && intent !== null && path.endsWith(GOODBYE);
  return !test && (outcome === 'booked' || wasServed);
}

const WAS_SERVED = statement`not later.test and (later.dial_status in ('completed', 'answered') or (
  (later.outcome = 'booked'
    or (later.outcome = 'completed' and later.intent is not null and later.path like ${`%${GOODBYE}`}))
  and not exists (select from ${callbacks} own where own.call_sid = later.call_sid)))`;

async function closeIfServedLater(
  sql: Sql,
  { callSid, callerPhone, startedAt }: CallOfNumber,
): Promise<void> {
  const wasServed = statement`exists (select from ${calls} later
    where later.caller_phone = ${callerPhone} and later.started_at > ${startedAt.toISOString()}::timestamptz and ${WAS_SERVED})`;
  await sql
    .update(callbacks)
    .set(done(SERVED_LATER))
    .where(and(eq(callbacks.callSid, callSid), ne(callbacks.status, 'done'), wasServed));
}

/** A call of this number has ended well: it needs nobody any more for the calls that began before it. One that began later may be another person's. */
async function closeEarlier(sql: Sql, { callSid, callerPhone, startedAt }: CallOfNumber): Promise<void> {
  const { callerPhone: phone, status, createdAt, callSid: call } = callbacks;
  // A call whose dialled person is known of first has no row yet.
  const began = statement`coalesce((select own.started_at from ${calls} own where own.call_sid = ${call}), ${createdAt})`;
  await sql
    .update(callbacks)
    .set(done(SERVED_LATER))
    .where(
      and(
        eq(phone, callerPhone),
        ne(call, callSid),
        ne(status, 'done'),
        statement`${began} < ${startedAt.toISOString()}::timestamptz`,
      ),
    );
}

/** A dialled person has answered, or has not. `isTest`: nobody rings a browser back. */
export async function settleDial(
  sql: Sql,
  of: CallOfNumber,
  { dialStatus, summary, isTest }: { readonly dialStatus: string; summary: string; isTest: boolean },
): Promise<void> {
  const { callSid, callerPhone, endedAt: createdAt } = of;
  const own = eq(callbacks.callSid, callSid);
  if (isAnswered(dialStatus)) {
    await sql.delete(callbacks).where(and(own, eq(callbacks.status, 'dialling')));
    await sql
      .update(callbacks)
      .set(done(PERSON_ANSWERED))
      .where(and(own, eq(callbacks.status, 'open')));
    if (!isTest) await closeEarlier(sql, of);
    return;
  }
  if (isTest) return;
  const row = { callSid, callerPhone, reason: 'no_person_answered', summary, createdAt } as const;
  await sql.insert(callbacks).values(row).onConflictDoNothing();
  await sql
    .update(callbacks)
    .set({ status: 'open' })
    .where(and(own, eq(callbacks.status, 'dialling')));
  await closeIfServedLater(sql, of);
}

function done(note: string) {
  const text = statement<string>`concat_ws(' ', ${callbacks.note}, ${note}::text)`;
  return { status: 'done', note: text, doneAt: new Date() } as const;
}
