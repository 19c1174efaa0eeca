import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { customers } from '../../src/database/schema.js';
import { administer } from '../support/postgres-server.js';
import { createServerDatabase } from '../support/test-database.js';

const { TEST_DATABASE_URL = '' } = process.env;

function open(url: string): Promise<Database> {
  return openDatabase({ url, dataDir: 'memory', logger: silentLogger() });
}

/** What the gateway says of a database that it cannot use. */
async function faultAt(url: string, expected: RegExp): Promise<void> {
  const database = await open(url);
  await expect
    .poll(() => database.check())
    .toEqual({ status: 'starting', error: expect.stringMatching(expected) });
  await database.close();
}

test.each([
  ['postgres://ada@bayline.invalid/shop', /name of the host|is unknown/],
  ['postgres://ada@127.0.0.1:1/shop', /Nothing listens at 127\.0\.0\.1:1:.*ECONNREFUSED/],
  [
    'postgres:///shop?host=/no/such/folder',
    /no socket of PostgreSQL at \/no\/such\/folder\/\.s\.PGSQL\.5432/,
  ],
])('what keeps the gateway from %s is told', (url, expected) => faultAt(url, expected));

describe.runIf(TEST_DATABASE_URL)('on a server of a hoster', () => {
  let server: Awaited<ReturnType<typeof createServerDatabase>>;
  let role: string;
  let asRole: string;
  beforeEach(async () => {
    server = await createServerDatabase(TEST_DATABASE_URL);
    role = `${new URL(server.url).pathname.slice(1)}_app`;
    await administer(server.url, `create role ${role} login`);
    const url = new URL(server.url);
    url.username = role;
    asRole = url.href;
  });
  afterEach(async () => {
    await server.drop();
    await administer(TEST_DATABASE_URL, `drop role ${role}`);
  });

  async function migrated(): Promise<void> {
    const database = await open(server.url);
    await database.ready;
    await database.close();
  }

  const granted = () =>
    administer(
      server.url,
      `grant usage on schema public, drizzle to ${role}; grant select, insert, update, delete on all tables in schema public to ${role}; grant select on drizzle.bayline_migrations to ${role}`,
    );

  async function customersOf(url: string): Promise<number> {
    const database = await open(url);
    await database.ready;
    const nadia = { phoneNumber: '+15125550199', firstName: 'Nadia', lastName: 'Haddad', email: null };
    await database.transaction((sql) => sql.insert(customers).values(nadia));
    const count = await database.run((sql) => sql.$count(customers));
    await database.close();
    return count;
  }

  test('a user who may create nothing uses what is migrated', async () => {
    await migrated();
    await granted();
    expect(await customersOf(asRole)).toBe(1);
  });

  test('the defaults of a user change nothing', async () => {
    await migrated();
    await granted();
    await administer(server.url, 'create schema elsewhere');
    await administer(server.url, `alter role ${role} set search_path = elsewhere`);
    await administer(server.url, `alter role ${role} set default_transaction_read_only = on`);
    await administer(server.url, `alter role ${role} set default_transaction_isolation = 'serializable'`);
    expect(await customersOf(asRole)).toBe(1);
  });

  test('a user who must migrate and may not is named with the right', () =>
    faultAt(asRole, new RegExp(`${role} lacks a right.*migrations are to be applied`)));

  test('so is one who may not read which migrations there were', async () => {
    await migrated();
    await faultAt(asRole, new RegExp(`${role} lacks a right.*permission denied for schema drizzle`));
  });

  test('and one who may not write a table', async () => {
    await migrated();
    await granted();
    await administer(server.url, `revoke insert on appointments from ${role}`);
    await faultAt(asRole, /lacks rights: insert on appointments\./);
  });

  test('a user whose connections are used up is told so', async () => {
    await administer(server.url, `alter role ${role} connection limit 0`);
    await faultAt(asRole, /no connection left.*53300/);
  });

  test('a database that is not there is named', async () => {
    const url = new URL(server.url);
    url.pathname = '/nowhere_at_all';
    await faultAt(url.href, /no database nowhere_at_all.*3D000/);
  });

  test('gateways that start together migrate once', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => open(server.url)));
    await Promise.all(all.map((database) => database.ready));
    await Promise.all(all.map((database) => database.close()));
    const rows = await administer(
      server.url,
      'select count(*) = count(distinct created_at) as once from drizzle.bayline_migrations',
    );
    expect(rows).toEqual([{ once: true }]);
  });
});
