import { and, asc, eq, gt, inArray, or } from 'drizzle-orm';
import { type CarStatus, IN_SHOP } from '../database/appointment-status.js';
import type { Database } from '../database/database.js';
import { appointments } from '../database/schema.js';
import type { Appointment } from './appointment.js';
import { type AppointmentRow, toAppointment } from './appointment-rows.js';

/** An appointment that is not over. */
export interface ComingAppointment {
  readonly appointment: Appointment;
  readonly status: 'booked' | CarStatus;
  /** It has not begun, and its car is not in the shop: its owner may move and cancel it. */
  readonly mayChange: boolean;
}

export interface ComingAppointmentsOptions {
  readonly database: Database;
  /** IANA name; dates are given with its offset. */
  readonly timezone: () => string;
  readonly clock?: () => Date;
}

/** What customers have booked and where their cars stand. Rejects as {@link Database} does. */
export class ComingAppointments {
  readonly #options: ComingAppointmentsOptions;

  constructor(options: ComingAppointmentsOptions) {
    this.#options = options;
  }

  /** Of this customer: first those whose car is in the shop, then what is booked and not over; each soonest first. `[]`: there is none. */
  async of(customer: number, limit: number): Promise<readonly ComingAppointment[]> {
    const { database, timezone, clock = () => new Date() } = this.#options;
    const now = clock();
    const { customerId, status, startsAt, endsAt, id } = appointments;
    const isComing = or(inArray(status, [...IN_SHOP]), and(eq(status, 'booked'), gt(endsAt, now)));
    const rows = await database.run((sql) =>
      sql
        .select()
        .from(appointments)
        .where(and(eq(customerId, customer), isComing))
        // `false` sorts before `true`.
        .orderBy(eq(status, 'booked'), asc(startsAt), asc(id))
        .limit(limit),
    );
    return rows.map((row) => comingOf(row, timezone(), now));
  }
}

function comingOf(row: AppointmentRow, timezone: string, now: Date): ComingAppointment {
  return {
    appointment: toAppointment(row, timezone),
    status: IN_SHOP.find((status) => status === row.status) ?? 'booked',
    mayChange: row.status === 'booked' && row.startsAt > now,
  };
}
