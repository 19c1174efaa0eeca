import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CallLog } from '../../src/call-log/call-log.js';
import { silentLogger } from '../../src/core/logger.js';
import { callbacks, erasures } from '../../src/database/call-schema.js';
import { wrongVinTries } from '../../src/database/schema.js';
import { Retention, type RetentionOptions } from '../../src/privacy/retention.js';
import { finishedCall, NOTHING_DUE } from '../support/finished-call.js';
import { logSink } from '../support/log-sink.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

const NOW = new Date('2026-06-01T12:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);
const words = [{ role: 'user', content: 'My brakes squeak', timestamp: '2026-03-02T15:00:00.000Z' }];

/** What goes and what stays, in every kind of database. */
export function retentionContract({ name, create }: DatabaseKind): void {
  describe(`what is kept in ${name}`, () => {
    let store: TestDatabase;
    let log: CallLog;
    beforeAll(async () => {
      store = await create();
    });
    afterAll(() => store.drop());
    beforeEach(async () => {
      await emptyTables(store.database);
      log = new CallLog({ database: store.database, logger: silentLogger() });
    });
    const retention = (options: Partial<RetentionOptions> = {}) =>
      new Retention({
        database: store.database,
        logger: silentLogger(),
        days: 30,
        clock: () => NOW,
        ...options,
      });
    const record = async (callSid: string, startedAt: Date, more = {}) => {
      const time = startedAt.toISOString();
      const call = finishedCall(callSid, { started_at: time, ended_at: time, transcript: words, ...more });
      log.record({ ...NOTHING_DUE, ...call });
      await log.recordWaiting();
      return call;
    };

    test('words go when their time is over, and what the figures need stays', async () => {
      const old = await record('CA1', daysAgo(30.01), { full_transcript: words });
      const young = await record('CA2', daysAgo(29.99), { full_transcript: words });
      const half = await record('CA3', daysAgo(40), { transcript: [], full_transcript: words });
      await retention().run();
      expect(await log.get('CA1')).toEqual({ ...old, transcript: [], full_transcript: null });
      expect(await log.get('CA2')).toEqual(young);
      expect(await log.get('CA3')).toEqual({ ...half, full_transcript: null });
    });

    test('the words of a call-back go when it was done so long ago; open ones stay', async () => {
      const row = {
        callerPhone: '+15125550123',
        reason: 'requested',
        summary: 'Ring me',
        note: 'Rang',
      } as const;
      const done = { ...row, status: 'done' } as const;
      await store.database.run((sql) =>
        sql.insert(callbacks).values([
          { ...done, callSid: 'CA1', doneAt: daysAgo(31), createdAt: daysAgo(50) },
          { ...done, callSid: 'CA2', doneAt: daysAgo(29), createdAt: daysAgo(50) },
          { ...row, callSid: 'CA3', createdAt: daysAgo(50) },
        ]),
      );
      await retention().run();
      const rows = await store.database.run((sql) => sql.select().from(callbacks).orderBy(callbacks.callSid));
      const kept = { summary: 'Ring me', note: 'Rang' };
      expect(rows).toMatchObject([{ summary: '', note: null, reason: 'requested' }, kept, kept]);
    });

    test('wrong tries go after a day, digests of erased numbers after nine, and what was erased after the recordings', async () => {
      await store.database.run(async (sql) => {
        const tries = [0.5, 1.5, 60].map((days) => ({ phoneNumber: '+15125550123', triedAt: daysAgo(days) }));
        await sql.insert(wrongVinTries).values(tries);
        const rows = [1, 10, 32].map((days) => ({
          erasedAt: daysAgo(days),
          numberDigests: ['x'],
          callSids: [],
        }));
        await sql.insert(erasures).values(rows);
      });
      await retention().run();
      expect(await store.database.run((sql) => sql.$count(wrongVinTries))).toBe(1);
      const left = await store.database.run((sql) => sql.select().from(erasures).orderBy(erasures.id));
      expect(left.map(({ numberDigests }) => numberDigests)).toEqual([['x'], []]);
    });

    test('goes in small batches, and one line says how much', async () => {
      for (let n = 0; n < 7; n++) await record(`CA${n}`, daysAgo(50 + n));
      const { logger, lines } = logSink('info');
      await retention({ batch: 2, logger, dropRecordings: async () => 3 }).run();
      expect(lines()).toMatchObject([{ calls: 7, callbacks: 0, wrong_tries: 0, recordings: 3 }]);
      await retention({ logger }).run();
      expect(lines()).toHaveLength(1);
    });

    test('two gateways at once do each row once', async () => {
      for (let n = 0; n < 20; n++) await record(`CA${n}`, daysAgo(50));
      const { logger, lines } = logSink('info');
      const runs = [1, 2].map(() => retention({ batch: 3, logger }).run());
      await Promise.all(runs);
      await retention({ logger }).run();
      const done = lines().map((line) => ('calls' in line ? Number(line.calls) : 0));
      expect(done.reduce((sum, count) => sum + count, 0)).toBe(20);
      const left = await log.list({ limit: 50 });
      expect(left.filter(({ transcript }) => transcript.length > 0)).toEqual([]);
    });

    test('a fault is told and harms nothing; a gateway that closes stops', async () => {
      await record('CA1', daysAgo(50));
      const { logger, lines } = logSink('info');
      const dropRecordings = () => Promise.reject(new Error('EACCES: permission denied'));
      await retention({ logger, dropRecordings }).run();
      expect(lines()).toMatchObject([{ level: 'warn' }]);
      const closed = retention({ logger });
      await closed.close();
      await closed.run();
      expect(lines()).toHaveLength(1);
    });
  });
}
