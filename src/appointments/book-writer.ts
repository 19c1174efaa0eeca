import type { Database } from '../database/database.js';
import { BOOK_LOCK } from '../database/schema.js';
import { violates } from '../database/sql-error.js';
import type { RulesSource } from '../shop/shop.js';
import { OpenTimes } from './open-times.js';
import type { BookWork } from './places.js';

export interface BookWriterOptions {
  readonly database: Database;
  readonly rules: RulesSource;
  readonly clock?: () => Date;
}

/** One write in the book: what it has to know, and what it does with that. */
export interface BookWrite<Q, T> {
  /** Only reads. Asked again when the rules are not those that this gateway knew. */
  ask(work: BookWork): Promise<Q>;
  write(work: BookWork, answers: Q): Promise<T>;
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
  async write<Q, T>({ ask, write }: BookWrite<Q, T>, withinMs?: number): Promise<T | 'taken'> {
    const now = this.clock();
    const known = this.times;
    const steps = {
      ask: (sql: BookWork['sql']) => Promise.all([this.#rules.within(sql), ask({ sql, now, times: known })]),
      work: async (sql: BookWork['sql'], [rules, answers]: [OpenTimes['rules'], Q]) => {
        if (rules === known.rules) return write({ sql, now, times: known }, answers);
        const work = { sql, now, times: new OpenTimes(rules) };
        return write(work, await ask(work));
      },
    };
    return this.#database.locked(BOOK_LOCK, steps, withinMs).catch((error: unknown) => {
      if (violates(error, 'appointments_bay_free')) return 'taken';
      throw error;
    });
  }
}
