import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { silentLogger } from '../../src/core/logger.js';
import { Metrics } from '../../src/core/metrics.js';
import type { Customer } from '../../src/customers/customer.js';
import { CustomerRepository } from '../../src/customers/customer-repository.js';
import { WrongVinTries } from '../../src/customers/wrong-vin-tries.js';
import type { Database } from '../../src/database/database.js';
import { appointments, customers, vehicles } from '../../src/database/schema.js';
import { DeskExecutor } from '../../src/desk/desk-executor.js';
import { Desk } from '../../src/desk/shop-desk.js';
import { fixedRulesOf } from './shop-rules.js';

const timezone = 'America/Chicago';
const NOW = new Date('2026-03-02T15:00:00Z');
const BOOKED_DAY = '2026-03-04';

/** What the customers of a {@link PrivateShop} would not have told to others; no open time is among it. */
export const PRIVATE = {
  maria: ['Marialuisa', 'Alvarezquintero', 'Zaporozhets', 'VIN1HIDDEN0007042', '+15125550142'],
  james: ['Jamesbond', 'Okaforsson', 'Trabant', 'VIN2HIDDEN0009178', '+15125550143'],
  day: [BOOKED_DAY],
};

/** A shop with one bay, if it is not told otherwise, and two customers, each with a vehicle and an appointment on a day that they fill. */
export class PrivateShop {
  readonly metrics = new Metrics();
  readonly desk: Desk;
  readonly #database: Database;

  private constructor(database: Database, set: Parameters<typeof fixedRulesOf>[0]) {
    this.#database = database;
    const clock = () => NOW;
    const book = new AppointmentBook({
      database,
      rules: fixedRulesOf({ hours: 'Mon-Fri 08:00-10:00', bays: 1, ...set }),
      clock,
    });
    this.desk = new Desk({
      book,
      customers: new CustomerRepository({ database, timezone: () => timezone, clock }),
      tries: new WrongVinTries({ database, clock }),
      executor: new DeskExecutor({ lookup: { forget: async () => undefined }, logger: silentLogger() }),
      timezone: () => timezone,
      metrics: this.metrics,
    });
  }

  /** In an empty database. */
  static async open(
    database: Database,
    set: Parameters<typeof fixedRulesOf>[0] = {},
  ): Promise<{ shop: PrivateShop; maria: Customer; james: Customer }> {
    const shop = new PrivateShop(database, set);
    const [maria, james] = [
      await shop.#customer('Marialuisa', 'Alvarezquintero', '+15125550142'),
      await shop.#customer('Jamesbond', 'Okaforsson', '+15125550143'),
    ];
    await shop.#visit(maria, { make: 'Zaporozhets', vin: 'VIN1HIDDEN0007042' }, '08:00');
    await shop.#visit(james, { make: 'Trabant', vin: 'VIN2HIDDEN0009178' }, '09:00');
    const { customers: all } = shop.desk;
    return { shop, maria: await all.get(maria.id), james: await all.get(james.id) };
  }

  /** All rows but what calls have booked, as text: what no call may change, unless it is `mayChange`'s, who has proved it. */
  async rows(mayChange: Customer | null = null): Promise<string> {
    return this.#database.run(async (sql) => {
      const booked = await sql.select().from(appointments).orderBy(appointments.id);
      const people = await sql.select().from(customers).orderBy(customers.id);
      const cars = await sql.select().from(vehicles).orderBy(vehicles.id);
      const others = booked.filter(
        ({ callSid, customerId }) => callSid === null && customerId !== mayChange?.id,
      );
      return JSON.stringify([people, cars, others]);
    });
  }

  /** What calls have booked and held. */
  async removeCalls(): Promise<number> {
    return this.#database.run(async (sql) => {
      const all = await sql.select().from(appointments);
      const ofCalls = all.filter(({ callSid }) => callSid !== null);
      await sql.execute('delete from appointments where call_sid is not null');
      return ofCalls.length;
    });
  }

  async #customer(first_name: string, last_name: string, phone_number: string): Promise<Customer> {
    const email = `${first_name.toLowerCase()}@example.com`;
    return this.desk.customers.create({ first_name, last_name, phone_number, email });
  }

  async #visit({ id }: Customer, car: { make: string; vin: string }, time: string): Promise<void> {
    const vehicle = await this.desk.customers.addVehicle(id, { model: 'P70', year: 1972, ...car });
    const date = `${BOOKED_DAY}T${time}`;
    const who = { customer_id: id, vehicle_id: vehicle.id };
    await this.desk.appointments.create({ service_type: 'tires', date, ...who });
  }
}

/** Which of these words stand in a result or a sentence, of whatever shape. */
export function wordsIn(told: unknown, words: readonly string[] = Object.values(PRIVATE).flat()): string[] {
  const text = (typeof told === 'string' ? told : (JSON.stringify(told) ?? '')).toLowerCase();
  return words.filter((word) => text.includes(word.toLowerCase()));
}
