import { and, eq } from 'drizzle-orm';
import { GatewayError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import { appointments, BOOK_LOCK } from '../database/schema.js';
import { OPERATION_TIMEOUT_MS, type Sql } from '../database/sql-pool.js';
import type {
  Appointment,
  AppointmentChanges,
  AppointmentOwner,
  AppointmentQuery,
  ChangeResult,
  NewAppointment,
  OverLimit,
} from './appointment.js';
import {
  type AppointmentRow,
  bookingKeyOf,
  confirmRow,
  dropHolds,
  isAppointment,
  rowOf,
  rowsOf,
  toAppointment,
} from './appointment-rows.js';
import { sqlBookReader } from './book-state.js';
import { BookWriter, type BookWriterOptions } from './book-writer.js';
import { booking, change, holding } from './book-writes.js';
import { roomForUnproved, type UnprovedCaller, type UnprovedChoice } from './booking-limits.js';
import { type ComingAppointment, comingAppointments } from './coming-appointments.js';
import { OpenSlots, type OpenSlotsOptions } from './open-slots.js';
import type { NoPlace, Slot } from './open-times.js';
import { memoryOpenTimesCache, type OpenTimesCache } from './open-times-cache.js';
import { bookedBefore } from './places.js';

export const ONLY_BY_PERSON =
  'This service is not booked at an open time: a person at the shop makes the appointment.';
/** A booking and asking again what became of it take no longer together, and a desk's 2 s hold both. */
const BOOKING_MS = 1950;
/** The rest must do to ask again, on a new connection and a busy machine. */
const FIRST_TRY_MS = 1400;

interface AppointmentBookOptions extends BookWriterOptions {
  /** Where open times are kept; absent: in this process. */
  readonly cache?: OpenTimesCache;
  readonly onLookUp?: OpenSlotsOptions['onLookUp'];
}

/**
 * The shop's appointments. A time is offered and checked by the same rules ({@link OpenTimes}), and booked by those that are in force when it is
 * written. An unknown service rejects with `BAD_REQUEST`; all else rejects as {@link Database} does.
 */
export class AppointmentBook {
  readonly #database: Database;
  readonly #writer: BookWriter;
  readonly #slots: OpenSlots;

  constructor(options: AppointmentBookOptions) {
    const { database, cache = memoryOpenTimesCache(), onLookUp } = options;
    this.#database = database;
    this.#writer = new BookWriter(options);
    const book = sqlBookReader(database);
    this.#slots = new OpenSlots({ book, cache, isOwn: database.embedded, onLookUp });
  }

  /** The services that may be asked for now, by their types. */
  get serviceTypes(): readonly string[] {
    return this.#writer.times.rules.services.map(({ type }) => type);
  }

  /**
   * The next `limit` slots that can be booked and begin at `from` or later, soonest first. Rejects with `CONFLICT` for a service that only a person
   * books. `unprovedCall`: the CallSid of a caller who has proved nothing, and is not offered what there is no room for, see booking-limits.ts.
   */
  async openSlots(
    serviceType: string,
    from: Date | null,
    limit: number,
    unprovedCall: string | null = null,
  ): Promise<readonly Slot[]> {
    const { times } = this.#writer;
    const now = this.#writer.clock();
    const service = times.serviceOf(serviceType);
    if (!service.bookable) throw new GatewayError('CONFLICT', ONLY_BY_PERSON);
    const { earliest, latest } = times.window(now);
    const start = Math.max(earliest, from?.getTime() ?? earliest);
    const query = { times, service, from: start, limit, now };
    if (unprovedCall === null || start > latest) return this.#slots.next(query);
    const span = { start: new Date(start), end: new Date(latest) };
    const mayHave = await this.#database.run((sql) => roomForUnproved(sql, times, span, unprovedCall));
    return this.#slots.next({ ...query, mayHave });
  }

  /**
   * Keeps a place for two minutes, instead of the one this call held before; what it has booked for that time and service is its own.
   * Else the call holds nothing. `false`: the time cannot be booked. `over_limit`: `caller`, who has proved nothing, would be refused, see {@link bookWithinLimits}.
   */
  async hold(
    callSid: string,
    serviceType: string,
    startsAt: Date,
    caller: UnprovedChoice | null = null,
  ): Promise<boolean | OverLimit> {
    const held = await this.#writer.write(holding({ callSid, serviceType, startsAt }, caller));
    return held === 'over_limit' ? held : held !== null && held !== 'taken';
  }

  /** Gives up what this call holds; a no-op when it holds nothing. */
  async release(callSid: string): Promise<void> {
    await this.#underLock((sql) => dropHolds(sql, this.#writer.clock(), callSid));
  }

  /** Cancels what this call has booked for this time; a no-op when it has not, or when that is confirmed. */
  async cancelUnconfirmed(callSid: string, startsAt: Date): Promise<void> {
    const { bookingKey, confirmed } = appointments;
    const isIt = and(eq(bookingKey, bookingKeyOf(callSid, startsAt)), eq(confirmed, false));
    await this.#underLock((sql) =>
      sql.update(appointments).set({ status: 'cancelled', bookingKey: null }).where(isIt),
    );
  }

  /** Whoever changes what is taken holds the lock first: two who wait for each other would both wait in vain. */
  #underLock(work: (sql: Sql) => Promise<unknown>): Promise<unknown> {
    return this.#database.locked(BOOK_LOCK, { ask: async () => null, work });
  }

  /**
   * The appointment booked, or why the time cannot be had. A call that asks again for the same time gets the same one; for another service it is `taken`. A
   * customer or vehicle that is gone, or a vehicle of somebody else, is left out: it is no reason to lose a booking.
   *
   * When the connection is lost, nobody knows whether the commit happened: a call's booking is then asked for once more, on another
   * connection. The lock makes it wait for the end of the first, whose row it finds by the call and the time.
   */
  async book(request: NewAppointment): Promise<Appointment | NoPlace> {
    const booked = await this.#bookSurely(request, null);
    return booked === 'over_limit' ? 'taken' : booked;
  }

  /** As {@link book}, for a caller who has proved nothing: `over_limit` when that is too much. */
  async bookWithinLimits(
    request: NewAppointment,
    caller: UnprovedCaller,
  ): Promise<Appointment | NoPlace | OverLimit> {
    return this.#bookSurely(request, caller);
  }

  async #bookSurely(request: NewAppointment, caller: UnprovedCaller | null) {
    const startedAt = performance.now();
    try {
      return await this.#book(request, caller, request.callSid ? FIRST_TRY_MS : OPERATION_TIMEOUT_MS);
    } catch (error) {
      const isUnknown = error instanceof GatewayError && error.code === 'UNAVAILABLE' && request.callSid;
      const leftMs = BOOKING_MS - (performance.now() - startedAt);
      if (!isUnknown || leftMs < 1) throw error;
      return await this.#book(request, caller, leftMs);
    }
  }

  async #book(request: NewAppointment, caller: UnprovedCaller | null, withinMs: number) {
    const booked = await this.#writer.write(booking(request, caller), withinMs);
    return typeof booked === 'string' ? booked : this.#given(booked);
  }

  /** What this call has booked for this time; `null` when nothing. */
  async bookedBy(callSid: string, startsAt: Date): Promise<Appointment | null> {
    const row = await this.#database.run((sql) => bookedBefore(sql, bookingKeyOf(callSid, startsAt)));
    return row && this.#given(row);
  }

  /** What this customer has booked, and where the cars stand that are in the shop; see {@link comingAppointments}. */
  async coming(customerId: number, limit: number): Promise<readonly ComingAppointment[]> {
    const shop = { now: this.#writer.clock(), timezone: this.#writer.times.rules.timezone };
    return this.#database.run((sql) => comingAppointments(sql, customerId, limit, shop));
  }

  /** How many appointments this call has booked, cancelled ones included. */
  async countBookedBy(callSid: string): Promise<number> {
    return this.#database.run((sql) =>
      sql.$count(appointments, and(eq(appointments.callSid, callSid), isAppointment())),
    );
  }

  /** `null` when there is no such appointment. */
  async get(id: number): Promise<Appointment | null> {
    const row = await this.#database.run((sql) => rowOf(sql, id));
    return row && this.#given(row);
  }

  /** The owner has heard that it stands; a no-op for an appointment of anybody else. */
  async confirm(id: number, owner: AppointmentOwner): Promise<void> {
    await this.#database.run((sql) => confirmRow(sql, id, owner));
  }

  /** Newest first. */
  async list(query: AppointmentQuery): Promise<readonly Appointment[]> {
    const rows = await this.#database.run((sql) => rowsOf(sql, query));
    return rows.map((row) => this.#given(row));
  }

  /**
   * Moves, cancels or otherwise changes an appointment; one that is brought back needs a place again. Rejects with `CONFLICT` when
   * one that is not booked would be moved. With `owner` an appointment of anybody else is `missing`, and what the owner's call holds is
   * given up.
   */
  async change(id: number, changes: AppointmentChanges, owner?: AppointmentOwner): Promise<ChangeResult> {
    const changed = await this.#writer.write(change(id, changes, owner));
    if (typeof changed === 'string') return changed;
    return { before: this.#given(changed.before), after: this.#given(changed.after) };
  }

  #given(row: AppointmentRow): Appointment {
    return toAppointment(row, this.#writer.times.rules.timezone);
  }
}
