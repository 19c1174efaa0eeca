import { and, asc, gt, inArray, lte, max } from 'drizzle-orm';
import { KEEPS_BAY } from '../database/appointment-status.js';
import { appointments, type customers, vehicles } from '../database/schema.js';
import { toShopTime } from '../database/shop-time.js';
import type { Sql } from '../database/sql-pool.js';
import type { CustomerRecord, UpcomingAppointment, VehicleRecord } from './customer.js';

type CustomerRow = typeof customers.$inferSelect;
type AppointmentRow = Pick<typeof appointments.$inferSelect, 'id' | 'serviceType' | 'startsAt'>;

/** What dates are counted from and written in. */
interface ShopClock {
  readonly now: Date;
  readonly timezone: string;
}

/** Adds to each customer what the other tables know of it, in the order given: three statements for any number of customers. */
export async function completeCustomers(
  sql: Sql,
  rows: readonly CustomerRow[],
  clock: ShopClock,
): Promise<readonly CustomerRecord[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const cars = await vehiclesOf(sql, ids);
  const coming = await comingAppointments(sql, ids, clock.now);
  const lastVisits = await lastVisitsOf(sql, ids, clock.now);
  return rows.map((row) => ({
    id: row.id,
    phone_number: row.phoneNumber,
    first_name: row.firstName,
    last_name: row.lastName,
    email: row.email,
    notes: row.notes,
    vehicles: cars.filter((car) => car.customerId === row.id).map(toVehicle),
    upcoming_appointments: coming
      .filter((appointment) => appointment.customerId === row.id)
      .map((appointment) => toUpcoming(appointment, clock.timezone)),
    last_service_date: shopTimeOrNull(lastVisits.get(row.id), clock.timezone),
  }));
}

export function toVehicle({
  id,
  make,
  model,
  year,
  vin,
  plate,
}: typeof vehicles.$inferSelect): VehicleRecord {
  return { id, make, model, year, vin, plate };
}

function toUpcoming(row: AppointmentRow, timezone: string): UpcomingAppointment {
  return { id: row.id, service_type: row.serviceType, date: toShopTime(row.startsAt, timezone) };
}

function shopTimeOrNull(instant: Date | null | undefined, timezone: string): string | null {
  return instant ? toShopTime(instant, timezone) : null;
}

function vehiclesOf(sql: Sql, ids: readonly number[]) {
  return sql.select().from(vehicles).where(inArray(vehicles.customerId, ids)).orderBy(asc(vehicles.id));
}

function comingAppointments(sql: Sql, ids: readonly number[], now: Date) {
  const { id, serviceType, startsAt, customerId, status } = appointments;
  return sql
    .select({ id, serviceType, startsAt, customerId })
    .from(appointments)
    .where(and(inArray(customerId, ids), inArray(status, [...KEEPS_BAY]), gt(startsAt, now)))
    .orderBy(asc(startsAt), asc(id));
}

// A booked time that has passed counts as a visit: nobody at the desk has to tick it off.
async function lastVisitsOf(
  sql: Sql,
  ids: readonly number[],
  now: Date,
): Promise<Map<number | null, Date | null>> {
  const { startsAt, customerId, status } = appointments;
  const rows = await sql
    .select({ customerId, last: max(startsAt) })
    .from(appointments)
    .where(and(inArray(customerId, ids), inArray(status, [...KEEPS_BAY, 'completed']), lte(startsAt, now)))
    .groupBy(customerId);
  return new Map(rows.map((row) => [row.customerId, row.last]));
}
