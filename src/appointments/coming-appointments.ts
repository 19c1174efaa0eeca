import { and, asc, eq, gt, inArray, or } from 'drizzle-orm';
import { type CarStatus, IN_SHOP } from '../database/appointment-status.js';
import { appointments } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { Appointment } from './appointment.js';
import { toAppointment } from './appointment-rows.js';

/** An appointment that is not over. */
export interface ComingAppointment {
  readonly appointment: Appointment;
  readonly status: 'booked' | CarStatus;
  /** It has not begun, and its car is not in the shop: its owner may move and cancel it. */
  readonly mayChange: boolean;
}

/** A customer's: first those whose car is in the shop, then what is booked and not over; each soonest first. `[]`: there is none. */
export async function comingAppointments(
  sql: Sql,
  customer: number,
  limit: number,
  { now, timezone }: { readonly now: Date; readonly timezone: string },
): Promise<readonly ComingAppointment[]> {
  const { customerId, status, startsAt, endsAt, id } = appointments;
  const isComing = or(inArray(status, [...IN_SHOP]), and(eq(status, 'booked'), gt(endsAt, now)));
  const rows = await sql
    .select()
    .from(appointments)
    .where(and(eq(customerId, customer), isComing))
    // `false` sorts before `true`.
    .orderBy(eq(status, 'booked'), asc(startsAt), asc(id))
    .limit(limit);
  return rows.map((row) => ({
    appointment: toAppointment(row, timezone),
    status: IN_SHOP.find((each) => each === row.status) ?? 'booked',
    mayChange: row.status === 'booked' && row.startsAt > now,
  }));
}
