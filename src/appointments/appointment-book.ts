import { and, eq } from 'drizzle-orm';
import { GatewayError } from '../core/errors.js';
import { lockBook } from '../database/book-lock.js';
import type { Database } from '../database/database.js';
import { appointments } from '../database/schema.js';
import { violates } from '../database/sql-error.js';
import { OPERATION_TIMEOUT_MS, type Sql } from '../database/sql-pool.js';
import type {
  Appointment,
  AppointmentChanges,
  AppointmentOwner,
  AppointmentQuery,
  NewAppointment,
} from './appointment.js';
import {
  type AppointmentRow,
  bookingKeyOf,
  busySlots,
  dropExpiredHolds,
  dropHoldOf,
  insertRow,
  isAppointment,
  isComingOf,
  rowOf,
  rowsOf,
  toAppointment,
} from './appointment-rows.js';
import { BookingLimits, type UnprovedCaller, unprovedBy } from './booking-limits.js';
import { bookingWindow, candidateSlots, freeBay, type Slot, type SlotRules } from './open-times.js';
import { ownerOfBooking } from './owner-of-booking.js';
import { bookedBefore, isMoved, onlyBookedMove, Places } from './places.js';
import { serviceOf } from './services.js';

export interface AppointmentBookOptions extends SlotRules {
  readonly database: Database;
  /** How many appointments may overlap. */
  readonly bays: number;
  readonly clock?: () => Date;
}

/**
 * An appointment before and after a change. Else it stays as it was: `missing`: there is none; `taken`: no place for it; `over_limit`: see
 * {@link BookingLimits}.
 */
export type ChangeResult =
  | { readonly before: Appointment; readonly after: Appointment }
  | 'missing'
  | 'taken'
  | 'over_limit';

/** A booking and asking again what became of it take no longer together, and a desk's 2 s hold both. */
const BOOKING_MS = 1950;
const HOLD_MS = 120_000;
const DAY_MS = 86_400_000;

/**
 * The shop's appointments. A time is offered and checked by the same rule: it begins at one of the {@link candidateSlots} and a
 * bay is free for all of it. An unknown service rejects with `BAD_REQUEST`; all else rejects as {@link Database} does.
 */
export class AppointmentBook {
  readonly #database: Database;
  readonly #rules: SlotRules;
  readonly #bays: number;
  readonly #places: Places;
  readonly #limits: BookingLimits;
  readonly #clock: () => Date;

  constructor({ database, bays, clock = () => new Date(), ...rules }: AppointmentBookOptions) {
    this.#database = database;
    this.#rules = rules;
    this.#bays = bays;
    this.#places = new Places(rules, bays);
    this.#limits = new BookingLimits(rules, bays);
    this.#clock = clock;
  }

  /** The next `limit` slots that can be booked and begin at `from` or later, soonest first. */
  async openSlots(serviceType: string, from: Date | null, limit: number): Promise<readonly Slot[]> {
    const { minutes } = serviceOf(serviceType);
    const now = this.#clock();
    const { earliest, latest } = bookingWindow(this.#rules, now);
    const start = from && from > earliest ? from : earliest;
    if (start > latest) return [];
    const span = { start, end: new Date(latest.getTime() + DAY_MS) };
    const busy = await this.#database.run((sql) => busySlots(sql, span, now));
    const open: Slot[] = [];
    for (const slot of candidateSlots(this.#rules, minutes, start, now)) {
      if (open.length >= limit) break;
      if (freeBay(slot, busy, this.#bays) !== null) open.push(slot);
    }
    return open;
  }

  /**
   * Keeps a place for two minutes, instead of the one this call held before; a time that this call has booked already is its own.
   * `false`: the time cannot be booked, and the call holds nothing.
   */
  async hold(callSid: string, serviceType: string, startsAt: Date): Promise<boolean> {
    const now = this.#clock();
    const held = await this.#write(now, async (sql) => {
      await dropHoldOf(sql, callSid);
      const own = await bookedBefore(sql, bookingKeyOf(callSid, startsAt));
      if (own) return own;
      const place = await this.#places.at(sql, serviceType, startsAt, now);
      const heldUntil = new Date(now.getTime() + HOLD_MS);
      return place && insertRow(sql, { ...place, serviceType, status: 'held', heldUntil, callSid });
    });
    return held !== null;
  }

  /** Gives up what this call holds; a no-op when it holds nothing. */
  async release(callSid: string): Promise<void> {
    await this.#database.transaction((sql) => dropHoldOf(sql, callSid));
  }

  /** Cancels what this call has booked for this time; a no-op when it has not. */
  async cancelUnconfirmed(callSid: string, startsAt: Date): Promise<void> {
    const cancelled = { status: 'cancelled', bookingKey: null } as const;
    await this.#database.transaction(async (sql) => {
      await lockBook(sql);
      await sql
        .update(appointments)
        .set(cancelled)
        .where(eq(appointments.bookingKey, bookingKeyOf(callSid, startsAt)));
    });
  }

  /**
   * The appointment booked, or `null` when the time cannot be had. A call that asks again for the same time gets the same one. A
   * customer or vehicle that is gone, or a vehicle of somebody else, is left out: it is no reason to lose a booking.
   *
   * When the connection is lost, nobody knows whether the commit happened: a call's booking is then asked for once more, on another
   * connection. The lock makes it wait for the end of the first, whose row it finds by the call and the time.
   */
  async book(request: NewAppointment): Promise<Appointment | null> {
    const booked = await this.#bookSurely(request, null);
    return booked === 'over_limit' ? null : booked;
  }

  /** As {@link book}, for a caller who has proved nothing: `over_limit` when the {@link BookingLimits} forbid it. */
  async bookWithinLimits(
    request: NewAppointment,
    caller: UnprovedCaller,
  ): Promise<Appointment | 'over_limit' | null> {
    return this.#bookSurely(request, caller);
  }

  async #bookSurely(request: NewAppointment, caller: UnprovedCaller | null) {
    const startedAt = performance.now();
    try {
      return await this.#book(request, caller, OPERATION_TIMEOUT_MS);
    } catch (error) {
      const isUnknown = error instanceof GatewayError && error.code === 'UNAVAILABLE' && request.callSid;
      const leftMs = BOOKING_MS - (performance.now() - startedAt);
      if (!isUnknown || leftMs < 1) throw error;
      return await this.#book(request, caller, leftMs);
    }
  }

  async #book(request: NewAppointment, caller: UnprovedCaller | null, withinMs: number) {
    const { serviceType, startsAt, callSid = null } = request;
    const now = this.#clock();
    const bookingKey = callSid && bookingKeyOf(callSid, startsAt);
    const write = async (sql: Sql) => {
      const again = await bookedBefore(sql, bookingKey);
      if (again) return again;
      const place = await this.#places.heldOrAt(sql, request, now);
      if (callSid) await dropHoldOf(sql, callSid);
      if (!place) return null;
      const slot = { start: place.startsAt, end: place.endsAt };
      if (caller && (await this.#limits.forbid(sql, caller, slot, now))) return 'over_limit';
      const callerPhone = caller?.phone ?? request.callerPhone ?? null;
      const unproved = caller && unprovedBy(caller);
      const owner = await ownerOfBooking(sql, request);
      const who = { callSid, bookingKey, callerPhone, unproved, createdAt: now, ...owner };
      return insertRow(sql, { ...place, ...who, serviceType, status: 'booked' });
    };
    const booked = await this.#write<AppointmentRow | 'over_limit'>(now, write, withinMs);
    return booked === null || booked === 'over_limit' ? booked : toAppointment(booked, this.#rules.timezone);
  }

  /** What this call has booked for this time; `null` when nothing. */
  async bookedBy(callSid: string, startsAt: Date): Promise<Appointment | null> {
    const row = await this.#database.run((sql) => bookedBefore(sql, bookingKeyOf(callSid, startsAt)));
    return row && toAppointment(row, this.#rules.timezone);
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
    return row && toAppointment(row, this.#rules.timezone);
  }

  /** Newest first. */
  async list(query: AppointmentQuery): Promise<readonly Appointment[]> {
    const rows = await this.#database.run((sql) => rowsOf(sql, query));
    return rows.map((row) => toAppointment(row, this.#rules.timezone));
  }

  /**
   * Moves, cancels or otherwise changes an appointment; one that is brought back needs a place again. Rejects with `CONFLICT` when
   * one that is not booked would be moved. With `owner` an appointment of anybody else is `missing`, and what the owner's call holds is
   * given up.
   */
  async change(id: number, changes: AppointmentChanges, owner?: AppointmentOwner): Promise<ChangeResult> {
    const now = this.#clock();
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    const result = await this.#write<ChangeResult>(now, async (sql) => {
      const before = await rowOf(sql, id);
      if (!before || (owner && !isComingOf(before, owner, now))) return 'missing';
      if (owner) await dropHoldOf(sql, owner.callSid);
      const next: AppointmentRow = { ...before, ...given };
      if (isMoved(before, next) && next.status !== 'booked') throw onlyBookedMove();
      const place = await this.#places.afterChange(sql, before, next, now);
      if (!place) return 'taken';
      if (owner && (await this.#limits.forbidMove(sql, before, place))) return 'over_limit';
      const stays = next.status === 'booked' && !isMoved(before, next);
      const row = { ...given, ...place, ...(stays ? {} : { bookingKey: null }) };
      const [after = next] = await sql
        .update(appointments)
        .set(row)
        .where(eq(appointments.id, id))
        .returning();
      const { timezone } = this.#rules;
      return { before: toAppointment(before, timezone), after: toAppointment(after, timezone) };
    });
    return result ?? 'taken';
  }

  // The lock makes "is there room, and take it" one step; the exclusion constraint is the proof, should somebody write without it.
  async #write<T>(now: Date, work: (sql: Sql) => Promise<T | null>, withinMs?: number): Promise<T | null> {
    const written = this.#database.transaction(async (sql) => {
      await lockBook(sql);
      await dropExpiredHolds(sql, now);
      return work(sql);
    }, withinMs);
    return written.catch((error: unknown) => {
      if (violates(error, 'appointments_bay_free')) return null;
      throw error;
    });
  }
}
