import { and } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { appointments, bookRevision } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import { busyAt, busySlots } from './appointment-rows.js';
import type { BusySlot } from './busy-bays.js';
import type { Slot } from './open-times.js';

/** A state of the book: as long as it is this one, nothing was written that takes or frees a place. */
export interface BookState {
  /** Which book: another database has another. */
  readonly book: string;
  readonly revision: number;
}

/** What is taken, and as of which state. */
export interface BusyBook {
  /** Null: the database does not count its revisions. */
  readonly state: BookState | null;
  readonly busy: readonly BusySlot[];
  /** When the first of the holds among them ends: its place is free then though nobody writes. Null: there is none. */
  readonly until: Date | null;
}

/** The book as open times are read from it. Everything rejects as {@link Database} does. */
export interface BookReader {
  /** The state at some moment after this was called; null: the database does not count its revisions. */
  state(): Promise<BookState | null>;
  /** What is taken at some time of `span`, without holds that are over at `now`: all as of one moment. */
  busy(span: Slot, now: Date): Promise<BusyBook>;
}

/**
 * The book in the database, whose triggers count a revision for whatever takes or frees a place, whoever writes it. One question for the state at a
 * time: all who ask while it is under way share the next, which is sent after they have asked.
 */
export function sqlBookReader(database: Database): BookReader {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<BookState | null> | null = null;
  const ask = async (before: Promise<unknown>) => {
    await before;
    next = null;
    const asked = database.run(stateOf);
    running = asked.catch(() => undefined);
    return asked;
  };
  return {
    state() {
      next ??= ask(running);
      return next;
    },
    busy: (span, now) => busyBook(database, span, now),
  };
}

async function stateOf(sql: Sql): Promise<BookState | null> {
  const { book, revision } = bookRevision;
  const [row] = await sql.select({ book, revision }).from(bookRevision);
  return row ?? null;
}

async function busyBook(database: Database, span: Slot, now: Date): Promise<BusyBook> {
  const rows = await database.run((sql) => busyRows(sql, span, now));
  const [first] = rows;
  if (first === undefined) {
    const busy = await database.run((sql) => busySlots(sql, span, now));
    return { state: null, busy, until: null };
  }
  const taken = rows.flatMap((row) => row.taken ?? []);
  const holds = taken.flatMap(({ heldUntil }) => heldUntil?.getTime() ?? []);
  return {
    state: first.state,
    busy: taken.map((row) => ({ bay: row.bay, start: row.startsAt, end: row.freeAt ?? row.endsAt })),
    until: holds.length === 0 ? null : new Date(Math.min(...holds)),
  };
}

/** In one statement, so that the state is that of the rows; without a row there is no state. */
async function busyRows(sql: Sql, span: Slot, now: Date) {
  const { id, bay, startsAt, endsAt, freeAt, heldUntil } = appointments;
  const { book, revision } = bookRevision;
  return sql
    .select({ state: { book, revision }, taken: { id, bay, startsAt, endsAt, freeAt, heldUntil } })
    .from(bookRevision)
    .leftJoin(appointments, and(...busyAt(span, now)));
}
