import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import type { EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { listenEmbedded } from '../support/test-database.js';

let server: EmbeddedPostgres;
let target: { path: string } | { host: string; port: number };
let proxy: TcpProxy;
let database: Database;

const BOUND_MS = 20_000;

beforeAll(async () => {
  const embedded = await listenEmbedded();
  server = embedded.server;
  const { host = '', port = 0 } = embedded.connection;
  target = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
});
afterAll(() => server.close());

beforeEach(async () => {
  proxy = await TcpProxy.listen(target);
  database = await open(proxy.port);
  await database.ready;
});
afterEach(async () => {
  await database.close();
  await proxy.close();
});

function open(port: number): Promise<Database> {
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  return openDatabase({ url, dataDir: 'memory', logger: silentLogger() });
}

async function elapsed(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

test('a stopped server makes every operation fail in bounded time, and works again when it goes on', async () => {
  expect(await database.check()).toMatchObject({ status: 'up' });
  proxy.stop();
  const operations = Array.from({ length: 15 }, () => database.run((sql) => sql.execute('select 1')));
  const outcomes = Promise.allSettled(operations);
  expect(await elapsed(outcomes)).toBeLessThan(BOUND_MS);
  for (const outcome of await outcomes) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
  }
  expect(await elapsed(database.check())).toBeLessThan(BOUND_MS);
  expect(await database.check()).toMatchObject({ status: 'down' });
  proxy.goOn();
  await expect.poll(() => database.check()).toMatchObject({ status: 'up' });
});

test('closing does not wait for a stopped server', async () => {
  await database.run((sql) => sql.execute('select 1'));
  proxy.stop();
  const hanging = database.run((sql) => sql.execute('select 1')).catch((error: unknown) => error);
  expect(await elapsed(database.close())).toBeLessThan(BOUND_MS);
  expect(await hanging).toMatchObject({ code: 'UNAVAILABLE' });
});

test('a lost connection is replaced', async () => {
  await database.run((sql) => sql.execute('select 1'));
  const { port } = proxy;
  await proxy.close();
  await expect(database.run((sql) => sql.execute('select 1'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  proxy = await TcpProxy.listen(target, port);
  await expect.poll(() => database.check()).toMatchObject({ status: 'up' });
});

test('a server that has become read-only counts as away, and its connection is not kept', async () => {
  const seen = new Set<unknown>();
  proxy.onChunk = (_direction, _chunk, connection) => seen.add(connection);
  const write = database.transaction(async (sql) => {
    await sql.execute('set transaction read only');
    await sql.execute('create table refused ()');
  });
  await expect(write).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const before = seen.size;
  await database.run((sql) => sql.execute('select 1'));
  expect(seen.size).toBe(before + 1);
});

test('a server that is not there yet is waited for', async () => {
  const { port } = proxy;
  await proxy.close();
  const early = await open(port);
  expect(await early.check()).toEqual({ status: 'starting', error: null });
  await expect(early.run((sql) => sql.execute('select 1'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  proxy = await TcpProxy.listen(target, port);
  await early.ready;
  expect(await early.check()).toMatchObject({ status: 'up' });
  await early.close();
});
