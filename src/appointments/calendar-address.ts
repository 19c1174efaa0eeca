import { randomBytes, timingSafeEqual } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { Database } from '../database/database.js';
import { calendarAddress } from '../database/schema.js';

/** Where calendar programs find the book. Whoever knows the secret reads it. */
export interface SecretCalendar {
  /** 192 bits, in letters, digits, `-` and `_`. */
  readonly secret: string;
  /** The names and vehicles of customers are in it. */
  readonly names: boolean;
}

/** The one address of the shop's calendar, in the database. Rejects as {@link Database} does. */
export class CalendarAddress {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** `null` when nobody has asked for one. */
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
}
