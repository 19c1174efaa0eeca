import { sql as statement } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { customers } from '../../src/database/schema.js';
import { SqlPool } from '../../src/database/sql-pool.js';
import { saveShop } from '../../src/shop/shop-rows.js';
import { ShopStore } from '../../src/shop/shop-store.js';
import { databaseContract } from '../contracts/database.js';
import { administer } from '../support/postgres-server.js';
import { createServerDatabase, listenEmbedded } from '../support/test-database.js';
import { TransactionPooler } from '../support/transaction-pooler.js';

const { TEST_DATABASE_URL = '' } = process.env;

interface Pooled {
  readonly pooler: TransactionPooler;
  /** The server itself, for who looks from outside; absent where it takes one connection only. */
  readonly serverUrl?: string;
  end(): Promise<void>;
}

async function overEmbedded(): Promise<Pooled> {
  const { server, connection } = await listenEmbedded();
  const pooler = await TransactionPooler.listen(connection, 1);
  return { pooler, end: () => pooler.close().then(() => server.close()) };
}

async function overServer(): Promise<Pooled> {
  const { url, drop } = await createServerDatabase(TEST_DATABASE_URL);
  const pooler = await TransactionPooler.listen({ connectionString: url }, 3);
  return { pooler, serverUrl: url, end: () => pooler.close().then(drop) };
}

function openBehind({ pooler }: Pooled): Promise<Database> {
  const url = `postgres://postgres@127.0.0.1:${pooler.port}/any`;
  return openDatabase({ url, dataDir: 'memory', logger: silentLogger() });
}

const KINDS = [
  { name: 'PGlite', create: overEmbedded },
  ...(TEST_DATABASE_URL ? [{ name: 'PostgreSQL', create: overServer }] : []),
];

describe.each(KINDS)('a database behind a transaction pooler in front of $name', ({ create }) => {
  let pooled: Pooled;
  beforeAll(async () => {
    pooled = await create();
  }, 60_000);
  afterAll(() => pooled.end());

  test('is looked at for a change of the shop every second, because nobody can listen through a pooler', async () => {
    const [database, other] = [await openBehind(pooled), await openBehind(pooled)];
    await Promise.all([database.ready, other.ready]);
    const store = new ShopStore({ database, given: {}, logger: silentLogger() });
    store.start();
    for (const name of ['North Garage', 'South Garage']) {
      await other.transaction((sql) => saveShop(sql, { settings: { name } }));
      await expect.poll(() => store.now.settings.name).toBe(name);
    }
    store.close();
    await Promise.all([database.close(), other.close()]);
  });

  test('takes no settings at the start of a connection', async () => {
    const { port } = pooled.pooler;
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'x', lock_timeout: 5 });
    await expect(client.connect()).rejects.toMatchObject({ code: '08P01' });
    expect(pooled.pooler.refused.splice(0)).toEqual(['lock_timeout']);
  });

  test.each(['XX000', '55000', '08P01'])(
    'counts as away while it turns clients away, with %s',
    async (code) => {
      const { pooler } = pooled;
      const connection = { host: '127.0.0.1', port: pooler.port, user: 'x' };
      const pool = new SqlPool({ connection, maxConnections: 1, logger: silentLogger() });
      pooler.turnsAwayWith = code;
      const refused = { code: 'UNAVAILABLE', message: expect.stringContaining('no connection is free') };
      await expect(pool.run((sql) => sql.$count(customers))).rejects.toMatchObject(refused);
      pooler.turnsAwayWith = null;
      expect(await pool.run((sql) => sql.$count(customers))).toBe(0);
      await pool.close();
    },
  );

  test('is ready for one gateway after the other, and nothing was asked of the pooler at the start', async () => {
    for (let gateway = 0; gateway < 4; gateway++) {
      const database = await openBehind(pooled);
      await database.ready;
      expect(await database.run((sql) => sql.$count(customers))).toBe(0);
      await database.close();
    }
    expect(pooled.pooler.refused).toEqual([]);
  });

  test('has the deadlines of every transaction in it, and leaves none of them behind in a session', async () => {
    const database = await openBehind(pooled);
    await database.ready;
    const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
    const shown = names.map((name) => statement`current_setting(${name})`);
    const settings = statement`select ${statement.join(shown, statement`||' '||`)} as shown`;
    for (let n = 0; n < 6; n++) {
      const inside = await database.transaction((sql) => sql.execute(settings));
      expect(inside.rows).toEqual([{ shown: '1500ms 500ms 2s' }]);
      const outside = await database.run((sql) => sql.execute(settings));
      expect(outside.rows).toEqual([{ shown: '0 0 0' }]);
    }
    await database.close();
  });
});

describe.runIf(TEST_DATABASE_URL)('a gateway on a pooled PostgreSQL', () => {
  let pooled: Pooled;
  beforeAll(async () => {
    pooled = await overServer();
  });
  afterAll(() => pooled.end());

  const asked = (query: string) => administer(pooled.serverUrl ?? '', query);

  test('leaves no lock behind when it has migrated and gone', async () => {
    const database = await openBehind(pooled);
    await database.ready;
    await database.close();
    expect(
      await asked(
        "select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
      ),
    ).toEqual([]);
  });

  const asleep = (name: string) => statement`select pg_sleep(600), ${statement.raw(`'${name}'`)}`;
  const running = (name: string) =>
    asked(
      `select from pg_stat_activity where query like '%${name}%' and state = 'active' and pid <> pg_backend_pid()`,
    );

  test('gives up a statement that is late, asks the pooler for nothing, and goes on', async () => {
    const database = await openBehind(pooled);
    await database.ready;
    await expect(database.run((sql) => sql.execute(asleep('late there')))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await expect.poll(() => database.check()).toMatchObject({ status: 'up' });
    expect(pooled.pooler.cancels).toBe(0);
    await database.close();
  });

  test('without a pooler has it cancelled at the server', async () => {
    const database = await openDatabase({
      url: pooled.serverUrl ?? '',
      dataDir: 'memory',
      logger: silentLogger(),
    });
    await database.ready;
    await expect(database.run((sql) => sql.execute(asleep('late here')))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await expect.poll(() => running('late here')).toEqual([]);
    await database.close();
  });
});

if (TEST_DATABASE_URL) {
  databaseContract({
    name: 'PostgreSQL behind a transaction pooler',
    create: async () => {
      const pooled = await overServer();
      const database = await openBehind(pooled);
      await database.ready;
      return { database, drop: () => database.close().then(() => pooled.end()) };
    },
  });
}
