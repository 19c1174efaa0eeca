import type { Customer } from '../../src/customers/customer.js';
import type { Database } from '../../src/database/database.js';
import { wrongVinTries } from '../../src/database/schema.js';
import { callAtDesk } from '../../test/support/call-at-desk.js';
import type { PrivateShop } from '../../test/support/private-shop.js';
import type { DrillRow } from '../drill-topic.js';

const ROUNDS = 300;
const MORE_VEHICLES = 5;
const WRONG = '9999';
/** Of the time that a try takes; much more than a caller could tell on a telephone line. */
const MOST_APART = 0.25;

/** Whether a wrong code takes longer for a customer with vehicles than for nobody; two numbers of nobody say how much times differ anyway. */
export async function timedTries(
  shop: PrivateShop,
  database: Database,
  customer: Customer,
): Promise<DrillRow> {
  for (let n = 0; n < MORE_VEHICLES; n += 1) {
    const car = { make: 'Trabant', model: '601', vin: `SAXXXXXXXXXXX${1110 + n}` };
    await shop.desk.customers.addVehicle(customer.id, car);
  }
  const numbers = [customer.phone_number, '+15125550177', '+15125550178'];
  const times: number[][] = numbers.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let n = 0; n < numbers.length; n += 1) {
      // Each is first as often as the others.
      const which = (n + round) % numbers.length;
      const desk = shop.desk.forCall(callAtDesk({ phone: numbers[which] ?? '' }));
      const startedAt = performance.now();
      await desk.verify(WRONG);
      times[which]?.push(performance.now() - startedAt);
    }
    await database.run(async (sql) => sql.delete(wrongVinTries));
  }
  const [own = 0, nobody = 0, other = 0] = times.map(quartile);
  const apart = Math.abs(own - nobody) / nobody;
  return {
    fault: `${ROUNDS} wrong codes each, timed: a customer with ${MORE_VEHICLES + 1} vehicles and two numbers of nobody`,
    required: `lower quartiles at most ${MOST_APART * 100} % apart`,
    seen: `${own.toFixed(2)} ms; nobody ${nobody.toFixed(2)} and ${other.toFixed(2)} ms`,
    held: apart <= MOST_APART,
  };
}

// The median moves with whatever else the machine does.
function quartile(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 2] ?? Number.NaN;
}
