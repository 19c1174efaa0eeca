import { createHash, randomBytes } from 'node:crypto';
import { and, eq, gte, isNull, sql as statement } from 'drizzle-orm';
import { callbacks, erasures } from './call-schema.js';
import { appointments, wrongVinTries } from './schema.js';
import type { Sql } from './sql-pool.js';

/** Stands in a finished call for a number that was erased. */
export const ERASED = 'erased';

/**
 * How long an erased number is known by its digest: a call that began before may be recorded later, 24 hours after its beginning or, while the
 * database was away, seven days after its end.
 */
export const DIGEST_KEPT_MS = 9 * 86_400_000;

// Any number that nothing else in the database locks.
const ERASURE_LOCK = 227_529_618;

export interface Erasure {
  /** Every way of writing the number that a call may have it in; `[]`: no number is to be known again. */
  readonly phones: readonly string[];
  /** Whose recordings go, on every gateway that has some. */
  readonly callSids: readonly string[];
  readonly now: Date;
}

/** Until the end of the transaction no call is recorded: one that is under way then sees what was erased. */
export async function lockErasures(sql: Sql): Promise<void> {
  await sql.execute(statement`select pg_advisory_xact_lock(${ERASURE_LOCK})`);
}

/** Waits for erasures under way, and holds up new ones until the end of the transaction. Before anything else in it: its snapshots then see what was erased. */
export async function holdUpErasures(sql: Sql): Promise<void> {
  await sql.execute(statement`select pg_advisory_xact_lock_shared(${ERASURE_LOCK})`);
}

/** Keeps what was erased, without the number itself. */
export async function noteErasure(sql: Sql, { phones, callSids, now }: Erasure): Promise<void> {
  const salt = randomBytes(16).toString('hex');
  const numberDigests = phones.map((phone) => digestOf(phone, salt));
  await sql.insert(erasures).values({ erasedAt: now, numberDigests, callSids });
}

/** Whether this number, as a call has it, was erased since the call began; as {@link holdUpErasures}. */
export async function wasErased(sql: Sql, phone: string, since: Date): Promise<boolean> {
  await holdUpErasures(sql);
  const rows = await sql
    .select({ digests: erasures.numberDigests })
    .from(erasures)
    .where(gte(erasures.erasedAt, since));
  return rows.some(({ digests }) =>
    digests.some((digest) => digest === digestOf(phone, digest.split(':', 1)[0] ?? '')),
  );
}

/** Erases what a call has left by itself whose caller was erased while it was under way; its recordings go too. */
export async function eraseTraces(sql: Sql, callSid: string, phone: string, now: Date): Promise<void> {
  const { callSid: call, customerId } = appointments;
  await sql
    .update(appointments)
    .set({ callerPhone: null })
    .where(and(eq(call, callSid), isNull(customerId)));
  await sql.delete(callbacks).where(eq(callbacks.callSid, callSid));
  await sql.delete(wrongVinTries).where(eq(wrongVinTries.phoneNumber, phone));
  await noteErasure(sql, { phones: [], callSids: [callSid], now });
}

function digestOf(phone: string, salt: string): string {
  return `${salt}:${createHash('sha256').update(`${salt}${phone}`).digest('hex')}`;
}
