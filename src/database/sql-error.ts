import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import { GatewayError, summarize } from '../core/errors.js';

/**
 * The database refused a statement. Carries no values: the driver's own error has the parameters in its text, and they hold
 * phone numbers.
 */
export class SqlError extends Error {
  /** SQLSTATE, five characters (PostgreSQL manual, appendix A). */
  readonly state: string;
  /** The constraint that was violated, when that is the fault. */
  readonly constraint: string | null;

  constructor(state: string, message: string, constraint: string | null) {
    super(message);
    this.name = 'SqlError';
    this.state = state;
    this.constraint = constraint;
  }
}

// Connection lost, resources exhausted, shutting down, start-up refused, time over, idle in a transaction, read-only (a primary that has
// failed over, a full disk): the statement is not at fault.
const UNAVAILABLE = /^(08|53|57|58|28|3D|25P03|25006)/;
const WORTH_ANOTHER_TRY = new Set(['40001', '40P01', '55P03']);

/** `error` is a lost race (serialization, deadlock, lock timeout): the same transaction may succeed when it is run again. */
export function mayBeRetried(error: unknown): boolean {
  return error instanceof SqlError && WORTH_ANOTHER_TRY.has(error.state);
}

// Data, integrity constraint, program limit.
const OF_WHAT_IS_WRITTEN = /^(22|23|54)/;

/** Whether the same may be written later: the database is away, or refuses for now, as while a backup is restored or a right is missing. False: what is written is at fault. */
export function maySucceedLater(error: unknown): boolean {
  if (error instanceof SqlError) return !OF_WHAT_IS_WRITTEN.test(error.state);
  return error instanceof GatewayError;
}

/** `error` says that the named unique or exclusion constraint was violated. */
export function violates(error: unknown, constraint: string): boolean {
  return error instanceof SqlError && error.constraint === constraint;
}

/** An error of the driver as a {@link SqlError}, or as an `UNAVAILABLE` GatewayError when it was not the statement's fault. */
export function fromDriver(error: unknown): SqlError | GatewayError {
  const cause = causeOf(error);
  if (cause instanceof pg.DatabaseError && cause.code && !UNAVAILABLE.test(cause.code)) {
    return new SqlError(cause.code, `The database refused: ${cause.message}`, cause.constraint ?? null);
  }
  return unavailable(cause);
}

/** An error of the driver before any statement was sent that could be at fault, whatever its code. */
export function unavailable(error: unknown): GatewayError {
  const cause = causeOf(error);
  const { message, code } = summarize(cause);
  return new GatewayError(
    'UNAVAILABLE',
    `The database gave no answer: ${message || code || 'no reason given'}.`,
    { cause },
  );
}

function causeOf(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? error.cause : error;
}
