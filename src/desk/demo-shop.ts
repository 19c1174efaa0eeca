import { setTimeout as delay } from 'node:timers/promises';
import { BusyBays } from '../appointments/busy-bays.js';
import { OpenTimes } from '../appointments/open-times.js';
import { GatewayError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import { appointments, customers, vehicles } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { BookingRules } from '../shop/shop.js';
import { DEMO_CUSTOMERS, type DemoCustomer, type Visit } from './demo-customers.js';

export interface DemoShopOptions {
  readonly database: Database;
  readonly rules: BookingRules;
  readonly clock?: () => Date;
}

const DAY_MS = 86_400_000;
const PAST_DAYS = 60;

const ATTEMPTS = 10;
const PAUSE_MS = 500;

/**
 * Fills an empty embedded database with customers, vehicles and appointments around now, inside the opening hours and never beyond the
 * bays. A server given by DATABASE_URL and a database that has a customer are left alone. Gives whether it has filled it. A database
 * that is too busy is tried again for a while; then it rejects.
 */
export async function seedDemoShop({ database, ...shop }: DemoShopOptions): Promise<boolean> {
  if (!database.embedded) return false;
  await database.ready;
  // Before the transaction: working out two months of opening hours must not use up its time.
  const places = findPlaces(shop);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const filled = await database.transaction((sql) => seed(sql, places));
      // An attempt that got no answer may have filled it all the same.
      return filled || attempt > 1;
    } catch (error) {
      const busy = error instanceof GatewayError && error.code === 'UNAVAILABLE';
      if (!busy || attempt === ATTEMPTS) throw error;
      await delay(PAUSE_MS, undefined, { ref: false });
    }
  }
}

type Places = ReadonlyMap<Visit, Place>;
type Place = Pick<typeof appointments.$inferInsert, 'startsAt' | 'endsAt' | 'freeAt' | 'bay' | 'status'>;

function findPlaces(shop: Omit<DemoShopOptions, 'database'>): Places {
  const diary = new Diary(shop);
  const places = new Map<Visit, Place>();
  for (const visit of DEMO_CUSTOMERS.flatMap((demo) => demo.visits)) {
    const place = diary.nextPlace(visit.service, visit.inDays);
    if (place) places.set(visit, place);
  }
  return places;
}

async function seed(sql: Sql, places: Places): Promise<boolean> {
  const anybody = await sql.select({ id: customers.id }).from(customers).limit(1);
  if (anybody.length > 0) return false;
  const ids = idsByPhone(
    await sql
      .insert(customers)
      .values([...DEMO_CUSTOMERS])
      .returning(),
  );
  const cars = await sql
    .insert(vehicles)
    .values(DEMO_CUSTOMERS.flatMap((demo) => demo.vehicles.map((car) => ({ ...car, customerId: ids(demo) }))))
    .returning();
  const rows = DEMO_CUSTOMERS.flatMap((demo) => {
    const own = cars.filter(({ customerId }) => customerId === ids(demo)).map(({ id }) => id);
    return visits(demo, { customerId: ids(demo), vehicleIds: own.sort((a, b) => a - b) }, places);
  });
  if (rows.length > 0) await sql.insert(appointments).values(rows);
  return true;
}

function idsByPhone(rows: readonly { id: number; phoneNumber: string }[]): (demo: DemoCustomer) => number {
  const ids = new Map(rows.map(({ id, phoneNumber }) => [phoneNumber, id]));
  return ({ phoneNumber }) => {
    const id = ids.get(phoneNumber);
    if (id === undefined)
      throw new GatewayError('UNAVAILABLE', 'The database stored no customer of the demo shop.');
    return id;
  };
}

interface Owner {
  readonly customerId: number;
  readonly vehicleIds: readonly number[];
}

function visits(demo: DemoCustomer, { customerId, vehicleIds }: Owner, places: Places) {
  return demo.visits.flatMap((visit) => {
    const place = places.get(visit);
    const vehicleId = vehicleIds[visit.vehicle ?? 0] ?? null;
    const who = { customerId, vehicleId, callerPhone: demo.phoneNumber };
    return place ? [{ ...place, ...who, serviceType: visit.service }] : [];
  });
}

/** Hands out places around now, the past included. */
class Diary {
  readonly #rules: BookingRules;
  readonly #now: Date;
  readonly #busy = new BusyBays();

  constructor({ rules, clock = () => new Date() }: Omit<DemoShopOptions, 'database'>) {
    this.#rules = rules;
    this.#now = clock();
  }

  nextPlace(service: string, inDays: number): Place | null {
    const past = inDays < 0;
    const from = new Date(this.#now.getTime() + inDays * DAY_MS);
    const asOf = past ? new Date(this.#now.getTime() - PAST_DAYS * DAY_MS) : this.#now;
    const inThePast = { leadMinutes: 0, sameDayUntil: null, horizonDays: PAST_DAYS };
    const times = new OpenTimes(past ? { ...this.#rules, ...inThePast } : this.#rules);
    const [place] = times.places(times.serviceOf(service), { from: from.getTime() }, this.#busy, asOf);
    if (!place || (past && place.endsAt > this.#now)) return null;
    this.#busy.add({ bay: place.bay, start: place.startsAt, end: place.freeAt ?? place.endsAt });
    return { ...place, status: past ? 'completed' : 'booked' };
  }
}
