import { and, desc, eq, gt, gte, inArray, lt, lte, ne, or, type SQL } from 'drizzle-orm';
import type { PgInsertValue } from 'drizzle-orm/pg-core';
import { APPOINTMENT_STATUSES, KEEPS_BAY } from '../database/appointment-status.js';
import { appointments } from '../database/schema.js';
import { toShopTime } from '../database/shop-time.js';
import type { Sql } from '../database/sql-pool.js';
import type { Appointment, AppointmentOwner, AppointmentQuery } from './appointment.js';
import type { BusySlot } from './busy-bays.js';
import type { Slot } from './open-times.js';

export type AppointmentRow = typeof appointments.$inferSelect;

/** Whose own places are not in the way: the call that holds one, the appointment that is being moved. */
export interface Except {
  readonly callSid?: string | null | undefined;
  readonly appointmentId?: number;
}

/** What keeps a bay at some time between the start and the end of `span`. */
export function busyAt(span: Slot, now: Date, except: Except = {}): (SQL | undefined)[] {
  const { startsAt, endsAt, freeAt, status, heldUntil, id, callSid } = appointments;
  const liveHold = [eq(status, 'held'), gt(heldUntil, now)];
  if (except.callSid) liveHold.push(ne(callSid, except.callSid));
  const filters: (SQL | undefined)[] = [lt(startsAt, span.end)];
  filters.push(or(gt(endsAt, span.start), gt(freeAt, span.start)));
  filters.push(or(inArray(status, [...KEEPS_BAY]), and(...liveHold)));
  if (except.appointmentId !== undefined) filters.push(ne(id, except.appointmentId));
  return filters;
}

/** Every bay that is taken at some time between the start and the end of `span`, and until when. */
export async function busySlots(sql: Sql, span: Slot, now: Date, except: Except = {}): Promise<BusySlot[]> {
  const { bay, startsAt, endsAt, freeAt } = appointments;
  const rows = await sql
    .select({ bay, startsAt, endsAt, freeAt })
    .from(appointments)
    .where(and(...busyAt(span, now, except)));
  return rows.map((row) => ({ bay: row.bay, start: row.startsAt, end: row.freeAt ?? row.endsAt }));
}

/** The hold that this call has, not yet expired. */
export async function holdOf(sql: Sql, callSid: string, now: Date): Promise<AppointmentRow | null> {
  const { status, heldUntil, callSid: call } = appointments;
  const query = sql.select().from(appointments);
  const [row] = await query.where(and(eq(call, callSid), eq(status, 'held'), gt(heldUntil, now)));
  return row ?? null;
}

/** What this call holds, and what is held no longer: that never blocks, and goes before anything is written. */
export async function dropHolds(sql: Sql, now: Date, call: string | null): Promise<void> {
  const { status, heldUntil, callSid } = appointments;
  const isOver = lte(heldUntil, now);
  await sql
    .delete(appointments)
    .where(and(eq(status, 'held'), call === null ? isOver : or(isOver, eq(callSid, call))));
}

/** No hold, but an appointment. */
export function isAppointment(): SQL {
  return inArray(appointments.status, [...APPOINTMENT_STATUSES]);
}

/** The owner has heard that it stands. */
export async function confirmRow(
  sql: Sql,
  id: number,
  { customerId, callSid }: AppointmentOwner,
): Promise<void> {
  const isOfCustomer = customerId === null ? undefined : eq(appointments.customerId, customerId);
  const isOwn = or(eq(appointments.callSid, callSid), isOfCustomer);
  await sql
    .update(appointments)
    .set({ confirmed: true })
    .where(and(eq(appointments.id, id), isAppointment(), isOwn));
}

/** The owner's, and still to come: of a car that is in the shop only staff decide. */
export function isComingOf(
  { callSid, customerId, status, startsAt }: AppointmentRow,
  owner: AppointmentOwner,
  now: Date,
): boolean {
  const isOwn = callSid === owner.callSid || (customerId !== null && customerId === owner.customerId);
  return isOwn && (status === 'booked' || status === 'cancelled') && startsAt > now;
}

export function toAppointment(row: AppointmentRow, timezone: string): Appointment {
  if (row.status === 'held') throw new RangeError('a hold is no appointment');
  return {
    id: row.id,
    service_type: row.serviceType,
    date: toShopTime(row.startsAt, timezone),
    ends_at: toShopTime(row.endsAt, timezone),
    bay: row.bay,
    status: row.status,
    confirmed: row.confirmed,
    notes: row.notes,
    caller_phone: row.callerPhone,
    customer_id: row.customerId,
    vehicle_id: row.vehicleId,
  };
}

/** What is held in its way goes first: sent in this order, in one go. `null`: nothing was inserted. */
export async function takePlace(
  sql: Sql,
  now: Date,
  row: PgInsertValue<typeof appointments> & { readonly callSid: string | null },
): Promise<AppointmentRow | null> {
  const insert = async () => sql.insert(appointments).values(row).returning();
  const [, [inserted]] = await Promise.all([dropHolds(sql, now, row.callSid), insert()]);
  return inserted ?? null;
}

/** Newest first. */
export async function rowsOf(
  sql: Sql,
  { from, to, status, customerId, limit, before }: AppointmentQuery,
): Promise<AppointmentRow[]> {
  const filters: SQL[] = [isAppointment()];
  if (from) filters.push(gte(appointments.startsAt, from));
  if (to) filters.push(lt(appointments.startsAt, to));
  if (status) filters.push(inArray(appointments.status, [...status]));
  if (customerId !== undefined) filters.push(eq(appointments.customerId, customerId));
  if (before !== undefined) filters.push(lt(appointments.id, before));
  const query = sql.select().from(appointments);
  return query
    .where(and(...filters))
    .orderBy(desc(appointments.id))
    .limit(limit);
}

/** `null`: there is no appointment with this id. */
export async function rowOf(sql: Sql, id: number): Promise<AppointmentRow | null> {
  const [row] = await sql
    .select()
    .from(appointments)
    .where(and(eq(appointments.id, id), isAppointment()));
  return row ?? null;
}

/** By which a call that asks again for the same time finds what it has booked. */
export function bookingKeyOf(callSid: string, startsAt: Date): string {
  return `${callSid} ${startsAt.toISOString()}`;
}
