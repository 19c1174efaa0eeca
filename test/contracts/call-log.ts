import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CallLog } from '../../src/call-log/call-log.js';
import type { EndedCall } from '../../src/call-log/finished-call.js';
import { silentLogger } from '../../src/core/logger.js';
import { endedCall, finishedCall } from '../support/finished-call.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

/** What the call log must do in every kind of database. */
export function callLogContract({ name, create }: DatabaseKind): void {
  describe(`the call log in ${name}`, () => {
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
    const record = async (...calls: EndedCall[]) => {
      for (const call of calls) log.record(call);
      await expect.poll(() => log.waiting).toBe(0);
    };

    test('gives a call back as it was recorded', async () => {
      const full = [
        {
          role: 'assistant',
          content: 'Bayline Auto Repair. ¿Qué tal? 🚗',
          timestamp: '2026-03-02T15:00:00.000Z',
        },
      ];
      const latency = {
        greeting_ms: 4,
        response_ms: { count: 2, median: 15, max: 20 },
        interruption_ms: { count: 1, median: 120, max: 120 },
        mark_lag_ms: null,
        model_ms: { count: 1, median: 640, max: 640 },
      };
      const usage = { audio_in: 90, text_in: 1200, cached_in: 1000, audio_out: 300, text_out: 80 };
      const more = { full_transcript: full, latency, agent: 'realtime>keypad', usage };
      const said = {
        intent: null,
        summary: 'Said nothing.',
        path: 'greeting',
        after_hours: true,
        test: true,
      };
      const call = { customer_id: 4, caller_phone: 'anonymous', ...more, ...said };
      await record(endedCall('CA1', call));
      expect(await log.get('CA1')).toEqual(finishedCall('CA1', call));
      expect(await log.get('CA2')).toBeNull();
    });

    test('records a call once: the first record stays', async () => {
      await record(endedCall('CA1'), endedCall('CA1', { outcome: 'failed' }));
      expect(await log.list({ limit: 10 })).toEqual([finishedCall('CA1')]);
    });

    test('stores a transcript with characters that PostgreSQL cannot hold', async () => {
      const turn = { role: 'user', content: 'a\0b\ud800c', timestamp: '2026-03-02T15:00:00.000Z' };
      await record(endedCall('CA1', { transcript: [turn] }));
      expect((await log.get('CA1'))?.transcript).toEqual([{ ...turn, content: 'ab\uFFFDc' }]);
    });

    test('lists the latest first, by beginning and in pages', async () => {
      const hours = ['15', '17', '16', '17'];
      const calls = hours.map((hour, i) =>
        endedCall(`CA${i}`, { started_at: `2026-03-02T${hour}:00:00.000Z` }),
      );
      await record(...calls);
      const list = async (query: object) =>
        (await log.list({ limit: 10, ...query })).map((call) => call.call_sid);
      expect(await list({})).toEqual(['CA3', 'CA1', 'CA2', 'CA0']);
      const [from, to] = [new Date('2026-03-02T16:00:00Z'), new Date('2026-03-02T17:00:00Z')];
      expect(await list({ from })).toEqual(['CA3', 'CA1', 'CA2']);
      expect(await list({ from, to })).toEqual(['CA2']);
      expect(await list({ limit: 2 })).toEqual(['CA3', 'CA1']);
      expect(await list({ limit: 2, before: 'CA1' })).toEqual(['CA2', 'CA0']);
      expect(await list({ before: 'CA9' })).toEqual([]);
    });

    test('lists those with some outcomes only', async () => {
      const outcomes = ['booked', 'hung_up', 'failed', 'hung_up'] as const;
      await record(...outcomes.map((outcome, n) => endedCall(`CA${n}`, { outcome })));
      const list = async (...wanted: EndedCall['outcome'][]) =>
        (await log.list({ limit: 10, outcomes: wanted })).map((call) => call.call_sid);
      expect(await list('hung_up')).toEqual(['CA3', 'CA1']);
      expect(await list('failed', 'booked')).toEqual(['CA2', 'CA0']);
      expect(await list('transferred')).toEqual([]);
    });

    test('has every call when closing says that it is done', async () => {
      for (let n = 0; n < 20; n++) log.record(endedCall(`CA${n}`));
      await log.close(20_000);
      expect(await log.list({ limit: 100 })).toHaveLength(20);
    });
  });
}
