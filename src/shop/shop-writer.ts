import type { Database } from '../database/database.js';
import { BOOK_LOCK } from '../database/schema.js';
import type { Sql } from '../database/sql-pool.js';
import type { Closure, NewClosure } from './closure.js';
import type { Shop } from './shop.js';
import type { ShopChange } from './shop-form.js';
import { type ClosureQuery, closuresIn, deleteClosure, insertClosure, saveShop } from './shop-rows.js';
import type { ShopSettings } from './shop-settings.js';
import type { ShopStore } from './shop-store.js';
import type { StoredShop } from './stored-shop.js';

/** What came of a write. `locked`: the environment gives these; `refused`: why the shop would make no sense. */
export type ShopWrite<T> =
  | { readonly status: 'done'; readonly shop: Shop; readonly value: T }
  | { readonly status: 'locked'; readonly names: readonly string[] }
  | Refused;

interface Refused {
  readonly status: 'refused';
  readonly faults: readonly string[];
}

type Written<T> = { readonly status: 'done'; readonly value: T } | Refused;

/**
 * Changes of the shop. Each is one transaction under the lock of the book: it comes before or after a booking, never beside it. Rejects as
 * {@link Database} does; what was committed then is read.
 */
export class ShopWriter {
  readonly #database: Database;
  readonly #store: ShopStore;

  constructor({ database, store }: { readonly database: Database; readonly store: ShopStore }) {
    this.#database = database;
    this.#store = store;
  }

  /** Sets what is given; `inspect` looks at the shop as it will be. */
  async change<T>(
    change: ShopChange,
    inspect: (sql: Sql, before: Shop, after: Shop) => Promise<T>,
  ): Promise<ShopWrite<T>> {
    const names = this.#store.now.locked.filter((name) => name in change);
    if (names.length > 0) return { status: 'locked', names };
    return this.#write(async (sql, stored) => {
      const before = this.#store.shopOf(stored);
      const after = this.#store.shopOf({ ...stored, settings: { ...stored.settings, ...change } });
      // The environment may have taken away a bay since then: that is no reason to refuse another address.
      const faults = 'services' in change || 'bays' in change ? faultsOf(after.settings) : [];
      if (faults.length > 0) return { status: 'refused', faults };
      if (Object.keys(change).length > 0)
        await saveShop(sql, { settings: change, retired: retiredBetween(before, after) });
      return { status: 'done', value: await inspect(sql, before, after) };
    });
  }

  /** Adds a closure; `inspect` is given it as it is stored. */
  async addClosure<T>(
    closure: NewClosure,
    inspect: (sql: Sql, shop: Shop, added: Closure) => Promise<T>,
  ): Promise<ShopWrite<T>> {
    return this.#write(async (sql, stored) => {
      const shop = this.#store.shopOf(stored);
      const { bays } = shop.settings;
      if (closure.bay !== null && closure.bay > bays)
        return { status: 'refused', faults: [`bay ${noSuchBay(bays)}`] };
      const added = await insertClosure(sql, closure);
      await saveShop(sql, {});
      return { status: 'done', value: await inspect(sql, shop, added) };
    });
  }

  /** Whether there was a closure with this id; it is gone now. */
  async removeClosure(id: number): Promise<boolean> {
    const written = await this.#write(async (sql) => {
      const value = await deleteClosure(sql, id);
      if (value) await saveShop(sql, {});
      return { status: 'done', value };
    });
    return written.status === 'done' && written.value;
  }

  /** Newest first, also those that are over. */
  async closures(query: ClosureQuery): Promise<readonly Closure[]> {
    return this.#database.run((sql) => closuresIn(sql, query));
  }

  async #write<T>(work: (sql: Sql, stored: StoredShop) => Promise<Written<T>>): Promise<ShopWrite<T>> {
    try {
      const { written, read } = await this.#database.locked(BOOK_LOCK, {
        ask: (sql) => this.#store.read(sql),
        work: async (sql, { stored }) => ({
          written: await work(sql, stored),
          read: await this.#store.read(sql),
        }),
      });
      return written.status === 'done' ? { ...written, shop: this.#store.written(read) } : written;
    } catch (error) {
      // It may have been committed all the same.
      void this.#store.refresh();
      throw error;
    }
  }
}

function faultsOf({ services, bays }: ShopSettings): string[] {
  return services.flatMap(({ bays: own }, n) =>
    own?.some((bay) => bay > bays) ? [`services.${n}.bays ${noSuchBay(bays)}`] : [],
  );
}

function noSuchBay(bays: number): string {
  return `must be from 1 to ${bays}: the shop has no more bays`;
}

/** What is still booked of a service that is gone is read out by its name. */
function retiredBetween(before: Shop, after: Shop): Readonly<Record<string, string>> {
  const types = new Set(after.settings.services.map(({ type }) => type));
  const own = before.settings.services.map(({ type, name }) => [type, name] as const);
  return Object.fromEntries([...before.retired, ...own].filter(([type]) => !types.has(type)));
}
