import { eq } from 'drizzle-orm';
import { GatewayError } from '../core/errors.js';
import { appointments } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { NewAppointment } from './appointment.js';
import { type AppointmentRow, busySlots, type Except, holdOf } from './appointment-rows.js';
import { freeBay, type Slot, type SlotRules, slotAt } from './open-times.js';
import { serviceOf } from './services.js';

/** A bay and when it is kept: the columns of a place. */
export interface Place {
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly bay: number;
}

/** Finds places in the book; used within one transaction, after the book was locked. */
export class Places {
  readonly #rules: SlotRules;
  readonly #bays: number;

  constructor(rules: SlotRules, bays: number) {
    this.#rules = rules;
    this.#bays = bays;
  }

  /** A place for a new beginning at `startsAt`; `null` when that is no open time. */
  async at(sql: Sql, serviceType: string, startsAt: Date, now: Date, except?: Except): Promise<Place | null> {
    const slot = slotAt(this.#rules, serviceOf(serviceType).minutes, startsAt, now);
    return slot && this.in(sql, slot, now, except);
  }

  /** A place for exactly this slot, whatever the opening hours are now; `null` when every bay is taken. */
  async in(sql: Sql, slot: Slot, now: Date, except?: Except): Promise<Place | null> {
    const bay = freeBay(slot, await busySlots(sql, slot, now, except), this.#bays);
    return bay === null ? null : { startsAt: slot.start, endsAt: slot.end, bay };
  }

  /** The place that the call holds if it is the one asked for, even if it would be too soon by now; else as {@link at}. */
  async heldOrAt(sql: Sql, request: NewAppointment, now: Date): Promise<Place | null> {
    const { serviceType, startsAt, callSid = null } = request;
    const held = callSid === null ? null : await holdOf(sql, callSid, now);
    if (held?.serviceType === serviceType && held.startsAt.getTime() === startsAt.getTime()) {
      return { startsAt, endsAt: held.endsAt, bay: held.bay };
    }
    return this.at(sql, serviceType, startsAt, now, { callSid });
  }

  /** What a change does to the place: `{}` keeps it, `null` is refused because there is none. */
  async afterChange(
    sql: Sql,
    before: AppointmentRow,
    after: AppointmentRow,
    now: Date,
  ): Promise<Place | null | object> {
    const except = { appointmentId: before.id };
    if (isMoved(before, after)) return this.at(sql, after.serviceType, after.startsAt, now, except);
    const isBroughtBack = before.status !== 'booked' && after.status === 'booked';
    return isBroughtBack ? this.in(sql, { start: before.startsAt, end: before.endsAt }, now, except) : {};
  }
}

export function isMoved(before: AppointmentRow, after: AppointmentRow): boolean {
  return before.serviceType !== after.serviceType || before.startsAt.getTime() !== after.startsAt.getTime();
}

/** What this call has booked for this time before; `null` when nothing. */
export async function bookedBefore(sql: Sql, bookingKey: string | null): Promise<AppointmentRow | null> {
  if (bookingKey === null) return null;
  const [row] = await sql.select().from(appointments).where(eq(appointments.bookingKey, bookingKey));
  return row ?? null;
}

export function onlyBookedMove(): GatewayError {
  return new GatewayError(
    'CONFLICT',
    'Only an appointment that is booked can be moved or given another service.',
  );
}
