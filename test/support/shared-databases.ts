import { sql as statement } from 'drizzle-orm';
import { GatewayError } from '../../src/core/errors.js';
import type { Database } from '../../src/database/database.js';
import type { NotificationListener } from '../../src/database/notifications.js';
import type { LockedSteps, Sql } from '../../src/database/sql-pool.js';

/** What was made, beside rows: whoever leaves something else than they found does not hand on the database. */
const MADE = statement`select
  (select md5(string_agg(concat(oid, relname, relnamespace, relnatts, relhastriggers), ',' order by oid)) from pg_class
    where relnamespace not in (select oid from pg_namespace where nspname like 'pg\\_%' or nspname = 'information_schema')) as tables,
  (select md5(string_agg(concat(oid, proname), ',' order by oid)) from pg_proc) as functions,
  (select md5(string_agg(concat(oid, tgname, tgenabled), ',' order by oid)) from pg_trigger) as triggers,
  (select md5(string_agg(concat(name, setting), ',' order by name)) from pg_settings
    where source = 'session') as settings`;
/** The book's revision has its one row from the start, and only ever moves on. */
const TABLES = statement`select format('%I.%I', schemaname, tablename) as name from pg_tables
  where schemaname = 'public' and tablename <> 'book_revision'`;

/** Databases that are lent to one test file after the other, each empty when it comes. */
export class SharedDatabases {
  readonly #open: () => Promise<Database>;
  readonly #free: { database: Database; made: string }[] = [];

  constructor(open: () => Promise<Database>) {
    this.#open = open;
  }

  async lend(): Promise<{ database: Database; drop(): Promise<void> }> {
    const { database, made } = this.#free.pop() ?? (await this.#openOne());
    const lent = new LentDatabase(database);
    const drop = async () => {
      await lent.close();
      if (!lent.wasListenedTo && (await isAsGoodAsNew(database, made))) this.#free.push({ database, made });
      else await database.close();
    };
    return { database: lent, drop };
  }

  async #openOne(): Promise<{ database: Database; made: string }> {
    const database = await this.#open();
    return { database, made: await madeIn(database) };
  }
}

async function madeIn(database: Database): Promise<string> {
  const { rows } = await database.run((sql) => sql.execute(MADE));
  return JSON.stringify(rows);
}

/** Whether it is empty and otherwise as it was. */
async function isAsGoodAsNew(database: Database, made: string): Promise<boolean> {
  try {
    const { rows } = await database.run((sql) => sql.execute<{ name: string }>(TABLES));
    const names = rows.map(({ name }) => name).join(', ');
    await database.run((sql) => sql.execute(`truncate ${names} restart identity cascade`));
    return (await madeIn(database)) === made;
  } catch {
    return false;
  }
}

/** A database until it is closed: what still writes then is refused, and does not reach whoever has it next. */
class LentDatabase implements Database {
  readonly embedded: boolean;
  readonly ready: Promise<void>;
  readonly #database: Database;
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;
  #wasListenedTo = false;

  constructor(database: Database) {
    this.#database = database;
    this.embedded = database.embedded;
    this.ready = database.ready;
  }

  run<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#whileLent(() => this.#database.run(work));
  }

  transaction<T>(work: (sql: Sql) => Promise<T>, withinMs?: number): Promise<T> {
    return this.#whileLent(() => this.#database.transaction(work, withinMs));
  }

  locked<Q, T>(lock: number, steps: LockedSteps<Q, T>, withinMs?: number): Promise<T> {
    return this.#whileLent(() => this.#database.locked(lock, steps, withinMs));
  }

  /** Its listeners stay for as long as it lives. */
  get wasListenedTo(): boolean {
    return this.#wasListenedTo;
  }

  listen(channel: string, listener: NotificationListener): void {
    this.#wasListenedTo = true;
    this.#database.listen(channel, listener);
  }

  async check(): ReturnType<Database['check']> {
    if (this.#isClosed) return { status: 'down', error: CLOSED };
    return this.#database.check();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
  }

  async #whileLent<T>(run: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new GatewayError('UNAVAILABLE', CLOSED);
    const running = run();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}

const CLOSED = 'The database is closed.';
