import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import type { BusySlot } from '../../src/appointments/busy-bays.js';
import type { Database } from '../../src/database/database.js';
import { appointments } from '../../src/database/schema.js';
import type { Service } from '../../src/shop/service.js';
import { PlainShop } from './plain-rules.js';
import type { RandomWeek } from './random-shops.js';
import { fixedRules } from './shop-rules.js';

const MOST_TIMES = 10_000;

/** What was done in a week, and what of it went wrong. */
export interface SoldWeek {
  offered: number;
  booked: number;
  refused: number;
  readonly faults: string[];
}

/** One wish of a customer: both numbers from 0 to 1. */
export interface Wish {
  readonly service: number;
  readonly time: number;
}

/**
 * Sells a week of a shop through its book: what the book offers is what the plain rules allow, each time that is picked can be booked, and each that is not
 * offered is refused.
 */
export async function sellWeek(
  database: Database,
  week: RandomWeek,
  wishes: readonly Wish[],
): Promise<SoldWeek> {
  const { rules, now } = week;
  await database.run((sql) => sql.delete(appointments));
  const book = new AppointmentBook({ database, rules: fixedRules(rules), clock: () => now });
  const sale = new Sale(book, new PlainShop(rules, week.around), now);
  const bookable = rules.services.filter((service) => service.bookable);
  for (const wish of wishes) {
    const service = bookable[Math.floor(wish.service * (bookable.length - 1))];
    if (service) await sale.sell(service, wish.time);
  }
  return sale.result;
}

class Sale {
  readonly result: SoldWeek = { offered: 0, booked: 0, refused: 0, faults: [] };
  readonly #book: AppointmentBook;
  readonly #plain: PlainShop;
  readonly #now: Date;
  readonly #sold: BusySlot[] = [];

  constructor(book: AppointmentBook, plain: PlainShop, now: Date) {
    this.#book = book;
    this.#plain = plain;
    this.#now = now;
  }

  async sell(service: Service, wish: number): Promise<void> {
    const allowed = this.#plain.places(service, this.#sold, this.#now);
    const open = await this.#book.openSlots(service.type, null, MOST_TIMES);
    this.result.offered += open.length;
    const [offered, expected] = [
      open.map(({ start, end }) => `${start.toISOString()} to ${end.toISOString()}`),
      allowed.map(({ startsAt, endsAt }) => `${startsAt.toISOString()} to ${endsAt.toISOString()}`),
    ];
    if (offered.join() !== expected.join())
      this.#fault(service, `offers ${offered.length}, not ${expected.length}`);
    await this.#refuses(service, new Set(open.map(({ start }) => start.getTime())), wish);
    const place = allowed[Math.floor(wish * (allowed.length - 1))];
    if (!place) return;
    const booked = await this.#book.book({ serviceType: service.type, startsAt: place.startsAt });
    if (typeof booked === 'string')
      return this.#fault(service, `${place.startsAt.toISOString()} was ${booked}`);
    this.result.booked += 1;
    if (booked.bay !== place.bay || Date.parse(booked.ends_at) !== place.endsAt.getTime()) {
      this.#fault(service, `was booked in bay ${booked.bay} until ${booked.ends_at}`);
    }
    this.#sold.push({ bay: booked.bay, start: place.startsAt, end: place.freeAt ?? place.endsAt });
  }

  // Somewhere in the days around, on the hour or not.
  async #refuses(service: Service, offered: ReadonlySet<number>, wish: number): Promise<void> {
    const minutes = Math.floor(wish * 8 * 1440);
    const startsAt = new Date(
      Math.floor(this.#now.getTime() / 60_000) * 60_000 + (minutes - (minutes % 15)) * 60_000,
    );
    if (offered.has(startsAt.getTime())) return;
    const booked = await this.#book.book({ serviceType: service.type, startsAt });
    this.result.refused += 1;
    if (typeof booked !== 'string') this.#fault(service, `${booked.date} was booked, and is not offered`);
  }

  #fault(service: Service, what: string): void {
    this.result.faults.push(`${JSON.stringify(service)} ${what}`);
  }
}
