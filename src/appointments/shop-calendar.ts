import { randomBytes, timingSafeEqual } from 'node:crypto';
import { and, asc, eq, gt, gte, notInArray, or, type SQL, sql as statement } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { appointments, calendarAddress, customers, vehicles } from '../database/schema.js';
import { DAY_MS } from './wall-clock.js';

/** Where calendar programs find the book. Whoever knows the secret reads it. */
export interface SecretCalendar {
  /** 192 bits, in letters, digits, `-` and `_`. */
  readonly secret: string;
  /** The names and vehicles of customers are in it. */
  readonly names: boolean;
}

/** An appointment as a calendar shows it; `person` and `vehicle` are null where names are not asked for, or not known. */
export interface CalendarEntry {
  readonly id: number;
  readonly serviceType: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly bay: number;
  readonly status: string;
  /** How often it was changed, and when last. */
  readonly revision: number;
  readonly changedAt: Date;
  readonly person: string | null;
  readonly vehicle: string | null;
}

const YEAR_DAYS = 366;
const PAGE = 200;
/** Holds are no appointments yet, and what is cancelled goes from every program that reads the book again. */
const NOT_SHOWN = ['held', 'cancelled'] as const;

/** The book for calendar programs: its one address, and a year back and all that is to come. Rejects as {@link Database} does. */
export class ShopCalendar {
  readonly #database: Database;
  readonly #clock: () => Date;

  constructor(database: Database, clock: () => Date = () => new Date()) {
    this.#database = database;
    this.#clock = clock;
  }

  /** The address now; `null` when nobody has asked for one. */
  async current(): Promise<SecretCalendar | null> {
    const { secret, names } = calendarAddress;
    const [row] = await this.#database.run((sql) =>
      sql.select({ secret, names }).from(calendarAddress).where(eq(calendarAddress.id, 1)),
    );
    return row ?? null;
  }

  /** A new address; the old one is none any more. */
  async rotate(names: boolean): Promise<SecretCalendar> {
    const made = { secret: randomBytes(24).toString('base64url'), names };
    await this.#database.transaction((sql) =>
      sql
        .insert(calendarAddress)
        .values({ id: 1, ...made })
        .onConflictDoUpdate({ target: calendarAddress.id, set: { ...made, createdAt: new Date() } }),
    );
    return made;
  }

  /** The calendar of this secret, `null` for every other; takes as long for a wrong one as for the right one. */
  async find(secret: string): Promise<SecretCalendar | null> {
    const calendar = await this.current();
    const [given, expected] = [Buffer.from(secret), Buffer.from(calendar?.secret ?? '')];
    return given.length === expected.length && timingSafeEqual(given, expected) ? calendar : null;
  }

  /** Another text after every change of what {@link page} gives, and the same as long as there is none; cheaper than reading all. */
  async fingerprint(names: boolean): Promise<string> {
    const { id, revision } = appointments;
    const state = names
      ? statement`concat_ws('|', ${id}, ${revision}, ${customers.firstName}, ${customers.lastName}, ${vehicles.year}, ${vehicles.make}, ${vehicles.model})`
      : statement`concat_ws('|', ${id}, ${revision})`;
    const [row] = await this.#database.run((sql) =>
      sql
        .select({
          count: statement<string>`count(*)::text`,
          sum: statement<string>`coalesce(sum(hashtextextended(${state}, 0)::numeric), 0)::text`,
        })
        .from(appointments)
        .leftJoin(customers, eq(customers.id, appointments.customerId))
        .leftJoin(vehicles, eq(vehicles.id, appointments.vehicleId))
        .where(this.#shown()),
    );
    return `${row?.count ?? 0}.${row?.sum ?? 0}`;
  }

  /** The next ones after `last`, in the order of their beginning; `[]` at the end. */
  async page(names: boolean, last: CalendarEntry | null): Promise<readonly CalendarEntry[]> {
    const { id, startsAt, customerId, vehicleId } = appointments;
    const after = last && or(gt(startsAt, last.startsAt), and(eq(startsAt, last.startsAt), gt(id, last.id)));
    const rows = await this.#database.run((sql) =>
      sql
        .select({ appointment: appointments, customer: customers, vehicle: vehicles })
        .from(appointments)
        .leftJoin(customers, eq(customers.id, customerId))
        .leftJoin(vehicles, eq(vehicles.id, vehicleId))
        .where(and(this.#shown(), after ?? undefined))
        .orderBy(asc(startsAt), asc(id))
        .limit(PAGE),
    );
    return rows.map(({ appointment, customer, vehicle }) => ({
      ...appointment,
      person: names && customer ? `${customer.firstName} ${customer.lastName}`.trim() : null,
      vehicle:
        names && vehicle ? [vehicle.year, vehicle.make, vehicle.model].filter(Boolean).join(' ') : null,
    }));
  }

  #shown(): SQL | undefined {
    const since = new Date(this.#clock().getTime() - YEAR_DAYS * DAY_MS);
    return and(notInArray(appointments.status, [...NOT_SHOWN]), gte(appointments.startsAt, since));
  }
}
