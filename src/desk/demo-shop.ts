import { setTimeout as delay } from 'node:timers/promises';
import { BusyBays } from '../appointments/busy-bays.js';
import { OpenTimes } from '../appointments/open-times.js';
import { GatewayError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import { appointments, customers, vehicles } from '../database/schema.js';
import { toShopTime } from '../database/shop-time.js';
import type { Sql } from '../database/sql-pool.js';
import type { NewClosure } from '../shop/closure.js';
import { DEFAULT_SERVICES, type Service } from '../shop/service.js';
import { type BookingRules, type Shop, shopOf } from '../shop/shop.js';
import { insertClosure, revisionOf, saveShop } from '../shop/shop-rows.js';
import type { ShopSettings } from '../shop/shop-settings.js';
import { DEMO_CUSTOMERS, type DemoCustomer, type Visit } from './demo-customers.js';

interface DemoShopOptions {
  readonly database: Database;
  /** The settings that the environment gives: what the demo shop sets is under them. */
  readonly given: Partial<ShopSettings>;
  readonly clock?: () => Date;
}

const DAY_MS = 86_400_000;
const PAST_DAYS = 60;

const ATTEMPTS = 10;
const PAUSE_MS = 500;
const CLOSED_IN_DAYS = 21;

/** Of the default services; the others as they are. */
const DEMO_DETAILS: Readonly<Record<string, Partial<Service>>> = {
  oil_change: { price_cents: 4995 },
  // Its bay is needed for the test drive, and to be cleaned.
  brakes: { price_cents: 18_900, after_minutes: 30 },
  tires: { price_cents: 8000 },
  inspection: { price_cents: 2550 },
};

const TIMING_BELT: Service = {
  type: 'timing_belt',
  name: 'timing belt replacement',
  choice: 'a timing belt',
  minutes: 240,
  price_cents: 62_000,
  bays: null,
  bookable: true,
  after_minutes: 0,
  carries_over: false,
};

/** What it sets; everything else is as in any shop. */
export const DEMO_SETTINGS: Partial<ShopSettings> = {
  address: '12 Lamar Street, Austin',
  services: DEFAULT_SERVICES.flatMap((service) => {
    const own = { ...service, ...DEMO_DETAILS[service.type] };
    return service.type === 'other' ? [TIMING_BELT, own] : [own];
  }),
};

/**
 * Fills an empty embedded database with a shop's settings and a closure, with customers, vehicles and appointments around now, inside the opening
 * hours and never beyond the bays. A server given by DATABASE_URL and a database that has a customer are left alone. Gives whether it has filled it. A database
 * that is too busy is tried again for a while; then it rejects.
 */
export async function seedDemoShop(options: DemoShopOptions): Promise<boolean> {
  const { database, given, clock = () => new Date() } = options;
  if (!database.embedded) return false;
  await database.ready;
  const closure = closureAhead(shopOf({ given }), clock());
  const { rules } = shopOf({ set: DEMO_SETTINGS, given, closures: [{ id: 1, ...closure }] });
  // Before the transaction: working out two months of opening hours must not use up its time.
  const places = findPlaces(rules, clock());
  for (let attempt = 1; ; attempt += 1) {
    try {
      const filled = await database.transaction((sql) => seed(sql, places, closure));
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

function closureAhead({ settings }: Shop, now: Date): NewClosure {
  const at = new Date(now.getTime() + CLOSED_IN_DAYS * DAY_MS);
  const day = toShopTime(at, settings.timezone).slice(0, 10);
  return { from: day, to: day, bay: null, hours: null, reason: 'Team training' };
}

function findPlaces(rules: BookingRules, now: Date): Places {
  const busy = new BusyBays();
  const places = new Map<Visit, Place>();
  for (const visit of DEMO_CUSTOMERS.flatMap((demo) => demo.visits)) {
    const place = nextPlace(visit, rules, busy, now);
    if (place) places.set(visit, place);
  }
  return places;
}

/** Takes the next free place for a visit; of one in the past by looser rules, and null when it would not be over by now. */
function nextPlace({ service, inDays }: Visit, rules: BookingRules, busy: BusyBays, now: Date): Place | null {
  const past = inDays < 0;
  const from = now.getTime() + inDays * DAY_MS;
  const asOf = past ? new Date(now.getTime() - PAST_DAYS * DAY_MS) : now;
  const inThePast = { leadMinutes: 0, sameDayUntil: null, horizonDays: PAST_DAYS };
  const times = new OpenTimes(past ? { ...rules, ...inThePast } : rules);
  const [place] = times.places(times.serviceOf(service), from, busy, asOf);
  if (!place || (past && place.endsAt > now)) return null;
  busy.add({ bay: place.bay, start: place.startsAt, end: place.freeAt ?? place.endsAt });
  return { ...place, status: past ? 'completed' : 'booked' };
}

async function seed(sql: Sql, places: Places, closure: NewClosure): Promise<boolean> {
  const anybody = await sql.select({ id: customers.id }).from(customers).limit(1);
  if (anybody.length > 0) return false;
  // What somebody has set already stays.
  if ((await revisionOf(sql)) === 0) {
    await insertClosure(sql, closure);
    await saveShop(sql, { settings: DEMO_SETTINGS });
  }
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
