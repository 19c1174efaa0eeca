import type { Logger } from '../core/logger.js';
import type { Database } from '../database/database.js';
import type { Sql } from '../database/sql-pool.js';
import { type BookingRules, type CurrentShop, type RulesSource, type Shop, shopOf } from './shop.js';
import { revisionOf, SHOP_CHANNEL, shopIn } from './shop-rows.js';
import type { ShopSettings } from './shop-settings.js';
import { NOTHING_STORED, type ReadShop, type StoredShop } from './stored-shop.js';

/** What gateways of one shop share of it beside the database. Nothing here ever rejects. */
export interface SharedShop {
  /** As a gateway has read it last; null when it was not kept, or cannot be read now. */
  read(): Promise<StoredShop | null>;
  /** Keeps it for gateways that cannot read the database. `isNews`: it was changed here, and the others are told. */
  keep(shop: StoredShop, isNews: boolean): Promise<void>;
  /** Called once: `listener` is told what others have changed. */
  watch(listener: (shop: StoredShop) => void): void;
  close(): void;
}

export interface ShopStoreOptions {
  readonly database: Database;
  /** The settings that the environment gives. */
  readonly given: Partial<ShopSettings>;
  /** Absent: the database alone. */
  readonly shared?: SharedShop | undefined;
  readonly logger: Logger;
  readonly clock?: () => Date;
}

/** While the database does not tell of changes, it is looked for them so often. */
const POLL_MS = 1000;
/** From a look that failed to the next one. */
const RETRY_MS = 250;
/** Closures that ended so many days ago still tell whether the shop was open. */
const KEPT_DAYS = 7;
const DAY_MS = 86_400_000;

/**
 * The shop's settings and closures: in the database, under what the environment gives. Until that was read the shop is what the others have last read
 * (where they share it), else what the environment and the defaults give. A change by any gateway is known here within 2 s: it is told by
 * `pg_notify` and by whatever is shared, and looked for each second while neither is heard.
 */
export class ShopStore implements CurrentShop {
  readonly rules: RulesSource;
  /** Settles when the shop was read for the first time, from the database or from what others share; never rejects. */
  readonly known: Promise<void>;
  readonly #options: ShopStoreOptions;
  readonly #listeners = new Set<(shop: Shop) => void>();
  readonly #faulty = new Set<string>();
  #now: Shop;
  #isKnown = false;
  #becomeKnown: () => void = () => undefined;
  #isWanted = false;
  #refreshing: Promise<void> | null = null;
  /** The database tells of changes. */
  #isTold = false;
  #poll: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ShopStoreOptions) {
    this.#options = options;
    this.#now = this.#made({ stored: NOTHING_STORED, faults: [] });
    const now = () => this.#now.rules;
    this.rules = {
      get now() {
        return now();
      },
      within: (sql) => this.#rulesIn(sql),
    };
    this.known = new Promise((settle) => {
      this.#becomeKnown = settle;
    });
  }

  get now(): Shop {
    return this.#now;
  }

  /** It was read, from the database or from what others share. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  watch(listener: (shop: Shop) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the shop as soon as the database is ready, and follows its changes. Called once. */
  start(): void {
    const { database, shared } = this.#options;
    // An embedded database is this gateway's own, whoever else uses the same Redis.
    if (!database.embedded) {
      shared?.watch((stored) => this.#hear(stored));
      void shared?.read().then((stored) => stored && this.#hear(stored));
    }
    const onListening = (isListening: boolean) => {
      this.#isTold = isListening;
      if (isListening) void this.refresh();
    };
    database.listen(SHOP_CHANNEL, { onMessage: () => void this.refresh(), onListening });
    if (database.embedded) return;
    void this.refresh();
    this.#poll = setInterval(() => this.#isTold || void this.refresh(), POLL_MS).unref();
  }

  /** Settles when what was committed before has been read, or cannot be now: then it is tried again. Never rejects. */
  refresh(): Promise<void> {
    this.#isWanted = true;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#poll);
    clearTimeout(this.#retry);
    this.#options.shared?.close();
    this.#listeners.clear();
  }

  /** As it is inside of this transaction. */
  read(sql: Sql): Promise<ReadShop> {
    const { clock = () => new Date() } = this.#options;
    const since = new Date(clock().getTime() - KEPT_DAYS * DAY_MS);
    return shopIn(sql, since.toISOString().slice(0, 10));
  }

  /** With what the environment gives. */
  shopOf({ revision, settings: set, closures, retired }: StoredShop): Shop {
    return shopOf({ revision, set, given: this.#options.given, closures, retired });
  }

  /** A change of our own was committed. */
  written(read: ReadShop): Shop {
    const shop = this.#made(read);
    // A change that came behind it may be known by now.
    if (shop.revision >= this.#now.revision) this.#take(shop, read, true);
    return shop;
  }

  async #refresh(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      clearTimeout(this.#retry);
      const before = this.#now;
      const read = await this.#readNews().catch(() => this.#lookAgain());
      if (read === null) continue;
      // What was adopted meanwhile is younger; else the database is right, even if it was restored from a backup.
      const isNews = this.#now === before || read.stored.revision > this.#now.revision;
      if (isNews) this.#take(this.#made(read), read, false);
    }
  }

  /** What was told once is not told again. */
  #lookAgain(): null {
    if (!this.#isClosed) this.#retry = setTimeout(() => void this.refresh(), RETRY_MS).unref();
    return null;
  }

  /** Null: there are none. */
  #readNews(): Promise<ReadShop | null> {
    return this.#options.database.run(async (sql) => {
      const isSame = this.#isKnown && (await revisionOf(sql)) === this.#now.revision;
      return isSame ? null : this.read(sql);
    });
  }

  async #rulesIn(sql: Sql): Promise<BookingRules> {
    const revision = await revisionOf(sql);
    if (revision === this.#now.revision) return this.#now.rules;
    const read = await this.read(sql);
    const shop = this.#made(read);
    if (shop.revision > this.#now.revision) this.#take(shop, read, false);
    else void this.refresh();
    return shop.rules;
  }

  #hear(stored: StoredShop): void {
    if (stored.revision > this.#now.revision) this.#adopt(this.shopOf(stored));
  }

  /** It was read from the database: others are to have it when they cannot. */
  #take(shop: Shop, { stored }: ReadShop, isOwnChange: boolean): void {
    this.#adopt(shop);
    void this.#options.shared?.keep(stored, isOwnChange);
  }

  #adopt(shop: Shop): void {
    const isSame = shop.revision === this.#now.revision;
    this.#isKnown = true;
    this.#becomeKnown();
    if (isSame) return;
    this.#now = shop;
    for (const listener of this.#listeners) listener(shop);
  }

  #made({ stored, faults }: ReadShop): Shop {
    for (const name of faults) this.#tellFault(name);
    return this.shopOf(stored);
  }

  /** Once for each setting. */
  #tellFault(name: string): void {
    if (this.#faulty.has(name)) return;
    this.#faulty.add(name);
    this.#options.logger.warn(
      { setting: name },
      'A setting of the shop in the database cannot be used, and its default stands: set it anew with PATCH /api/shop',
    );
  }
}
