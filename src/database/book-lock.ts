import { sql as statement } from 'drizzle-orm';
import type { Sql } from './sql-pool.js';

// Any number that nothing else in the database locks.
const BOOK_LOCK = 227_529_464;

/**
 * Until the end of the transaction nobody else writes in the book, and nobody changes the rules that a booking is checked by: to choose a
 * bay and to take it become one step, and bookings and changes of the shop come one after the other.
 */
export async function lockBook(sql: Sql): Promise<void> {
  await sql.execute(statement`select pg_advisory_xact_lock(${BOOK_LOCK})`);
}
