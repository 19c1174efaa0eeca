import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { CallLog } from '../../src/call-log/call-log.js';
import { silentLogger } from '../../src/core/logger.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import type { EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import type { Sql } from '../../src/database/sql-pool.js';
import { endedCall, finishedCall } from '../support/finished-call.js';
import { logSink } from '../support/log-sink.js';
import { listenEmbedded } from '../support/test-database.js';
import { TransactionPooler } from '../support/transaction-pooler.js';

const PATIENCE = { timeout: 20_000 };
const IN_RECOVERY = expect.stringContaining('during recovery');
let server: EmbeddedPostgres;
let way: TransactionPooler;

beforeAll(async () => {
  const embedded = await listenEmbedded();
  server = embedded.server;
  way = await TransactionPooler.listen(embedded.connection, 1);
});
afterAll(() => way.close().then(() => server.close()));
afterEach(() => {
  way.isStandby = false;
});

function open(): Promise<Database> {
  const url = `postgres://postgres@127.0.0.1:${way.port}/any`;
  return openDatabase({ url, dataDir: 'memory', logger: silentLogger() });
}

test('a server that was made a standby counts as away, and is asked anew each time until it writes again', async () => {
  const database = await open();
  await database.ready;
  expect(await database.check()).toMatchObject({ status: 'up' });
  way.isStandby = true;
  const refused = { code: 'UNAVAILABLE', message: IN_RECOVERY };
  const work = async () => 'done';
  await expect(database.transaction(work)).rejects.toMatchObject(refused);
  const before = way.clientCount;
  const ask = (sql: Sql) => sql.execute('select 1');
  await expect(database.locked(4711, { ask, work })).rejects.toMatchObject(refused);
  expect(await database.check()).toEqual({ status: 'down', error: IN_RECOVERY });
  expect(way.clientCount).toBe(before + 2);
  way.isStandby = false;
  expect(await database.locked(4711, { ask, work })).toBe('done');
  expect(await database.check()).toMatchObject({ status: 'up' });
  await database.close();
});

test('a call that ends meanwhile is recorded when the server writes again', async () => {
  const database = await open();
  await database.ready;
  const sink = logSink();
  const log = new CallLog({ database, logger: sink.logger });
  way.isStandby = true;
  log.record(endedCall('CA1'));
  await expect.poll(() => sink.text(), PATIENCE).toContain('A call is not recorded yet');
  expect(log.waiting).toBe(1);
  way.isStandby = false;
  await expect.poll(() => log.waiting, PATIENCE).toBe(0);
  expect(await log.get('CA1')).toEqual(finishedCall('CA1'));
  await log.close(1000);
  await database.close();
});

test('who starts at a standby is told so', async () => {
  const primary = await open();
  await primary.ready;
  await primary.close();
  way.isStandby = true;
  const database = await open();
  const error = expect.stringMatching(/if it is a standby, let DATABASE_URL lead to the primary.*0A000/);
  await expect.poll(() => database.check(), PATIENCE).toEqual({ status: 'starting', error });
  await database.close();
});
