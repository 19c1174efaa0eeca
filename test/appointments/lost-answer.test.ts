import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { silentLogger } from '../../src/core/logger.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { appointments } from '../../src/database/schema.js';
import { fixedRulesOf, idOf } from '../support/shop-rules.js';
import { type ProxiedConnection, TcpProxy } from '../support/tcp-proxy.js';
import { createServerDatabase } from '../support/test-database.js';

const { TEST_DATABASE_URL } = process.env;
const rules = fixedRulesOf({ hours: 'Mon-Sun 00:00-23:59', bays: 9 });

describe.runIf(TEST_DATABASE_URL)('a booking whose connection is lost at its commit', () => {
  let server: Awaited<ReturnType<typeof createServerDatabase>>;
  let proxy: TcpProxy;
  let database: Database;
  let book: AppointmentBook;

  beforeAll(async () => {
    server = await createServerDatabase(TEST_DATABASE_URL ?? '');
    const url = new URL(server.url);
    proxy = await TcpProxy.listen({ host: url.hostname, port: Number(url.port) || 5432 });
    url.host = `127.0.0.1:${proxy.port}`;
    database = await openDatabase({ url: url.href, dataDir: 'memory', logger: silentLogger() });
    await database.ready;
    book = new AppointmentBook({ database, rules });
  });
  afterAll(async () => {
    await database.close();
    await proxy.close();
    await server.drop();
  });

  /** Does this once, at the next commit or at the answer to it. */
  function at(step: 'commit' | 'COMMIT', act: (connection: ProxiedConnection) => void): void {
    proxy.onChunk = (_direction, chunk, connection) => {
      if (!chunk.toString('latin1').includes(step)) return;
      proxy.onChunk = undefined;
      act(connection);
    };
  }

  async function bookedOnce(callSid: string): Promise<void> {
    const [slot] = await book.openSlots('oil_change', null, 1);
    const startsAt = slot?.start ?? new Date();
    const booked = await book.book({ serviceType: 'oil_change', startsAt, callSid });
    const rows = await database.run((sql) => sql.select().from(appointments));
    const own = rows.filter((row) => row.callSid === callSid);
    expect(own.map(({ id, status }) => ({ id, status }))).toEqual([{ id: idOf(booked), status: 'booked' }]);
  }

  test('before the commit came: it is written on another', async () => {
    at('commit', (connection) => connection.reset());
    await bookedOnce('CA1');
  });

  test('after the commit was done: it is found, and not written again', async () => {
    at('COMMIT', (connection) => connection.reset());
    await bookedOnce('CA2');
  });

  test('or which never answers: it is found in the time that is left', async () => {
    at('COMMIT', (connection) => connection.hold('toClient'));
    await bookedOnce('CA3');
  });

  test('is taken back when the call wants another time', async () => {
    const [slot] = await book.openSlots('oil_change', null, 1);
    const startsAt = slot?.start ?? new Date();
    const booked = await book.book({ serviceType: 'oil_change', startsAt, callSid: 'CA4' });
    await book.cancelUnconfirmed('CA4', startsAt);
    await book.cancelUnconfirmed('CA4', startsAt);
    expect(await book.get(idOf(booked))).toMatchObject({ status: 'cancelled' });
  });
});
