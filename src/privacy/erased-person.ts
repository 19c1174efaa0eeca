import { and, eq, inArray, isNotNull, isNull, or, sql as statement } from 'drizzle-orm';
import { callbacks, calls } from '../database/call-schema.js';
import { ERASED, lockErasures, noteErasure } from '../database/erasures.js';
import { customerImportRows } from '../database/import-schema.js';
import { appointments, customers, wrongVinTries } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';

/** What of a finished call says who called or what was said. */
const NO_WORDS = {
  callerPhone: ERASED,
  customerId: null,
  transcript: [],
  fullTranscript: null,
  summary: null,
};

/** How many rows of each kind had something of the person. */
export interface ErasedCounts {
  readonly calls: number;
  readonly appointments: number;
  readonly callbacks: number;
}

/**
 * Erases a customer: the person goes, and what was said and wanted; when calls and appointments were, and how they ended, stays for the figures. A
 * transaction's work. `phones`: every form of the number.
 */
export async function erasePerson(
  sql: Sql,
  customerId: number,
  phones: readonly string[],
  now: Date,
): Promise<ErasedCounts> {
  const booked = await callsThatBookedFor(sql, customerId);
  const numbers = [...phones];
  const isTheirs = or(
    inArray(calls.callerPhone, numbers),
    eq(calls.customerId, customerId),
    and(isNull(calls.customerId), inArray(calls.callSid, booked)),
  );
  const callRows = await sql.update(calls).set(NO_WORDS).where(isTheirs).returning({ sid: calls.callSid });
  const callSids = callRows.map(({ sid }) => sid);
  const counts = {
    calls: callSids.length,
    appointments: await withoutPerson(sql, customerId, numbers),
    callbacks: await dropCallbacks(sql, customerId, numbers, callSids),
  };
  await sql.delete(wrongVinTries).where(inArray(wrongVinTries.phoneNumber, numbers));
  // A file that is being written would bring the person back.
  const inFile = statement`${customerImportRows.customer} ->> 'phone_number'`;
  await sql.delete(customerImportRows).where(inArray(inFile, numbers));
  await sql.delete(customers).where(eq(customers.id, customerId));
  await noteErasure(sql, { phones, callSids, now });
  return counts;
}

/** Erases who called and what was said on one call. False: no such call has ended. */
export async function eraseCall(sql: Sql, callSid: string, now: Date): Promise<boolean> {
  await lockErasures(sql);
  const rows = await sql.update(calls).set(NO_WORDS).where(eq(calls.callSid, callSid)).returning();
  if (rows.length === 0) return false;
  await sql.delete(callbacks).where(eq(callbacks.callSid, callSid));
  await noteErasure(sql, { phones: [], callSids: [callSid], now });
  return true;
}

// Who called without a number is not a customer by that; the shop may have found out.
async function callsThatBookedFor(sql: Sql, customerId: number): Promise<string[]> {
  const { callSid, customerId: owner } = appointments;
  const rows = await sql
    .select({ callSid })
    .from(appointments)
    .where(and(eq(owner, customerId), isNotNull(callSid)));
  return rows.flatMap((row) => row.callSid ?? []);
}

// What was noted for another customer, who rang from this number, stays theirs.
async function withoutPerson(sql: Sql, customer: number, phones: string[]): Promise<number> {
  const { customerId, callerPhone, notes, id } = appointments;
  const isNobodyElses = statement`${customerId} is null or ${customerId} = ${customer}`;
  const rows = await sql
    .update(appointments)
    .set({
      callerPhone: null,
      notes: statement`case when ${isNobodyElses} then null else ${notes} end`,
      customerId: statement`nullif(${customerId}, ${customer})`,
      vehicleId: statement`case when ${customerId} = ${customer} then null else ${appointments.vehicleId} end`,
    })
    .where(or(eq(customerId, customer), inArray(callerPhone, phones)))
    .returning({ id });
  return rows.length;
}

async function dropCallbacks(
  sql: Sql,
  customer: number,
  phones: string[],
  callSids: string[],
): Promise<number> {
  const { callerPhone, customerId, callSid, id } = callbacks;
  const isTheirs = or(eq(customerId, customer), inArray(callerPhone, phones), inArray(callSid, callSids));
  return (await sql.delete(callbacks).where(isTheirs).returning({ id })).length;
}
