import { eq } from 'drizzle-orm';
import { customers } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { NewAppointment, NewCustomerOfBooking } from './appointment.js';
import { existing } from './appointment-rows.js';

/**
 * Whom a booking is for, as the columns of its row: the customer given, or the one who has the number of the new one. Used within the
 * transaction that books, so that a booking that fails leaves no customer behind.
 */
export async function ownerOfBooking(sql: Sql, request: NewAppointment) {
  const { customerId = null, newCustomer } = request;
  if (customerId !== null || !newCustomer) return existing(request);
  return existing({ ...request, customerId: await customerWithNumber(sql, newCustomer) });
}

/** Only a number that nobody has becomes a customer: what a caller says changes nothing of those that there are. */
async function customerWithNumber(
  sql: Sql,
  { phone: phoneNumber, firstName, lastName }: NewCustomerOfBooking,
): Promise<number | null> {
  const [created] = await sql
    .insert(customers)
    .values({ phoneNumber, firstName, lastName })
    .onConflictDoNothing({ target: customers.phoneNumber })
    .returning({ id: customers.id });
  if (created) return created.id;
  const { id, phoneNumber: number } = customers;
  const [other] = await sql.select({ id }).from(customers).where(eq(number, phoneNumber));
  return other?.id ?? null;
}
