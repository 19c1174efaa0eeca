import { lockBook } from '../database/book-lock.js';
import type { Database } from '../database/database.js';
import { violates } from '../database/sql-error.js';
import type { BookingRules, RulesSource } from '../shop/shop.js';
import { dropExpiredHolds } from './appointment-rows.js';
import { OpenTimes } from './open-times.js';
import type { BookWork } from './places.js';

export interface BookWriterOptions {
  readonly database: Database;
  readonly rules: RulesSource;
  readonly clock?: () => Date;
}

/** Everything that takes a place in the book is written through here: one after the other, and by the rules of that moment. */
export class BookWriter {
  readonly clock: () => Date;
  readonly #database: Database;
  readonly #rules: RulesSource;
  #times: OpenTimes;

  constructor({ database, rules, clock = () => new Date() }: BookWriterOptions) {
    this.#database = database;
    this.#rules = rules;
    this.#times = new OpenTimes(rules.now);
    this.clock = clock;
  }

  /** By the rules as this gateway knows them. */
  get times(): OpenTimes {
    if (this.#times.rules !== this.#rules.now) this.#times = new OpenTimes(this.#rules.now);
    return this.#times;
  }

  /**
   * The lock makes "may it be, is there room, and take it" one step. The exclusion constraint is the proof, should somebody write without it: then
   * the place is `taken`.
   */
  async write<T>(work: (work: BookWork) => Promise<T>, withinMs?: number): Promise<T | 'taken'> {
    const now = this.clock();
    const written = this.#database.transaction(async (sql) => {
      await lockBook(sql);
      await dropExpiredHolds(sql, now);
      return work({ sql, now, times: this.#timesBy(await this.#rules.within(sql)) });
    }, withinMs);
    return written.catch((error: unknown) => {
      if (violates(error, 'appointments_bay_free')) return 'taken';
      throw error;
    });
  }

  #timesBy(rules: BookingRules): OpenTimes {
    const { times } = this;
    return times.rules === rules ? times : new OpenTimes(rules);
  }
}
