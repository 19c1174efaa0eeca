import { and, asc, eq, gt, gte, inArray, lt, or } from 'drizzle-orm';
import { KEEPS_BAY } from '../database/appointment-status.js';
import { calls } from '../database/call-schema.js';
import { appointments, customers, vehicles } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import { type AppointmentRow, isAppointment } from './appointment-rows.js';
import type { BusySlot } from './busy-bays.js';
import type { Slot } from './open-times.js';

// The book day by day, as the counter looks at it.

/** An appointment of a day, with whom and what it is for. */
export interface DayEntry {
  readonly row: AppointmentRow;
  readonly customer: { readonly name: string; readonly phone_number: string } | null;
  /** Year, make, model and plate, as far as they are known. */
  readonly vehicle: string | null;
  /** The call that booked it has ended, and came from a browser to try the line. */
  readonly test: boolean;
}

/** Every appointment with work, or time after it, in `span`, cancelled ones too, by their beginning. */
export async function entriesWithin(sql: Sql, span: Slot): Promise<readonly DayEntry[]> {
  const { startsAt, endsAt, freeAt, customerId, vehicleId, callSid, id } = appointments;
  const isWithin = and(lt(startsAt, span.end), or(gt(endsAt, span.start), gt(freeAt, span.start)));
  const rows = await sql
    .select({ row: appointments, customer: customers, vehicle: vehicles, test: calls.test })
    .from(appointments)
    .leftJoin(customers, eq(customers.id, customerId))
    .leftJoin(vehicles, eq(vehicles.id, vehicleId))
    .leftJoin(calls, eq(calls.callSid, callSid))
    .where(and(isAppointment(), isWithin))
    .orderBy(asc(startsAt), asc(id));
  return rows.map(({ row, customer, vehicle, test }) => ({
    row,
    customer: customer && {
      name: `${customer.firstName} ${customer.lastName}`.trim(),
      phone_number: customer.phoneNumber,
    },
    vehicle: vehicle && [vehicle.year, vehicle.make, vehicle.model, vehicle.plate].filter(Boolean).join(' '),
    test: test ?? false,
  }));
}

/** The places in `span` that callers hold at `now` while they decide. */
export async function heldWithin(sql: Sql, span: Slot, now: Date): Promise<readonly BusySlot[]> {
  const { bay, startsAt, endsAt, status, heldUntil } = appointments;
  return sql
    .select({ bay, start: startsAt, end: endsAt })
    .from(appointments)
    .where(and(eq(status, 'held'), gt(heldUntil, now), lt(startsAt, span.end), gt(endsAt, span.start)));
}

/** What begins in `span`, without what was cancelled or missed. */
export async function beginningWithin(sql: Sql, { start, end }: Slot) {
  const { startsAt, status, confirmed } = appointments;
  const counted = inArray(status, [...KEEPS_BAY, 'completed']);
  const rows = await sql
    .select({ startsAt, status, confirmed })
    .from(appointments)
    .where(and(counted, gte(startsAt, start), lt(startsAt, end)));
  return rows.map((row) => ({
    startsAt: row.startsAt,
    isUnconfirmed: row.status === 'booked' && !row.confirmed,
  }));
}
