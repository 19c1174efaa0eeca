import { type BusySlot, candidateSlots, freeBay, type SlotRules } from '../appointments/open-times.js';
import { type ServiceType, serviceOf } from '../appointments/services.js';
import type { Database } from '../database/database.js';
import { appointments, customers, vehicles } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import { GatewayError } from '../errors.js';
import { DEMO_CUSTOMERS, type DemoCustomer } from './demo-customers.js';

export interface DemoShopOptions extends SlotRules {
  readonly database: Database;
  readonly bays: number;
  readonly clock?: () => Date;
}

const DAY_MS = 86_400_000;
const PAST_DAYS = 60;

/**
 * Fills an empty embedded database with customers, vehicles and appointments around now, inside the opening hours and never beyond the
 * bays. A server given by DATABASE_URL and a database that has a customer are left alone. Gives whether it has filled it.
 */
export async function seedDemoShop({ database, ...shop }: DemoShopOptions): Promise<boolean> {
  if (!database.embedded) return false;
  await database.ready;
  return database.transaction(async (sql) => {
    const anybody = await sql.select({ id: customers.id }).from(customers).limit(1);
    if (anybody.length > 0) return false;
    const diary = new Diary(shop);
    for (const demo of DEMO_CUSTOMERS) await seedCustomer(sql, demo, diary);
    return true;
  });
}

async function seedCustomer(sql: Sql, demo: DemoCustomer, diary: Diary): Promise<void> {
  const { phoneNumber, firstName, lastName, email } = demo;
  const [customer] = await sql
    .insert(customers)
    .values({ phoneNumber, firstName, lastName, email })
    .returning();
  if (!customer) throw new GatewayError('UNAVAILABLE', 'The database stored no customer of the demo shop.');
  const customerId = customer.id;
  const cars = await sql
    .insert(vehicles)
    .values(demo.vehicles.map((vehicle) => ({ ...vehicle, customerId })))
    .returning();
  const rows = demo.visits.flatMap(({ service, inDays, vehicle = 0 }) => {
    const place = diary.nextPlace(service, inDays);
    const who = { customerId, vehicleId: cars[vehicle]?.id ?? null, callerPhone: phoneNumber };
    return place ? [{ ...place, ...who, serviceType: service }] : [];
  });
  if (rows.length > 0) await sql.insert(appointments).values(rows);
}

/** Hands out places around now, the past included. */
class Diary {
  readonly #shop: Omit<DemoShopOptions, 'database'>;
  readonly #now: Date;
  readonly #busy: BusySlot[] = [];

  constructor(shop: Omit<DemoShopOptions, 'database'>) {
    this.#shop = shop;
    this.#now = (shop.clock ?? (() => new Date()))();
  }

  nextPlace(service: ServiceType, inDays: number) {
    const past = inDays < 0;
    const from = new Date(this.#now.getTime() + inDays * DAY_MS);
    const asOf = past ? new Date(this.#now.getTime() - PAST_DAYS * DAY_MS) : this.#now;
    const rules = past ? { ...this.#shop, leadMinutes: 0, horizonDays: PAST_DAYS } : this.#shop;
    for (const slot of candidateSlots(rules, serviceOf(service).minutes, from, asOf)) {
      if (past && slot.end > this.#now) return null;
      const bay = freeBay(slot, this.#busy, this.#shop.bays);
      if (bay === null) continue;
      this.#busy.push({ ...slot, bay });
      const status = past ? ('completed' as const) : ('booked' as const);
      return { startsAt: slot.start, endsAt: slot.end, bay, status };
    }
    return null;
  }
}
