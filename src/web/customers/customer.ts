import type { CUSTOMERS } from '../../server/routes/customers.js';
import type { AnswerOf } from '../../server/routes/operation.js';

export type Customer = AnswerOf<typeof CUSTOMERS.get>;
export type Vehicle = Customer['vehicles'][number];

export function nameOf({ first_name, last_name }: Pick<Customer, 'first_name' | 'last_name'>): string {
  return `${first_name} ${last_name}`.trim();
}

/** `2019 Kia Rio, XYZ 12`. */
export function vehicleText({
  year,
  make,
  model,
  plate,
}: Pick<Vehicle, 'year' | 'make' | 'model' | 'plate'>): string {
  const car = [year, make, model].filter(Boolean).join(' ');
  return plate === null ? car : `${car}, ${plate}`;
}
