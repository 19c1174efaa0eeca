import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { figureReader } from '../../src/call-log/call-figures.js';
import { CALL_OUTCOMES } from '../../src/call-log/finished-call.js';
import { calls, type LatencyFigures } from '../../src/database/call-schema.js';
import { runs } from '../support/property-runs.js';
import { type CallRow, recountedFigures } from '../support/recounted-figures.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

const CHICAGO = 'America/Chicago';
const NOW = new Date('2026-03-31T18:00:00Z');
const STATES = ['greeting', 'collecting_info', 'booking', 'confirmation', 'transferring', 'completed'];
// Clocks that are changed by half an hour, by an hour at midnight, in autumn first, never, and far from UTC on both sides.
const ZONES = [
  CHICAGO,
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'America/Havana',
  'Atlantic/Azores',
  'America/Santiago',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
];
// The clocks of these zones are put on or back between them.
const MONTHS = ['2026-03', '2026-04', '2026-09', '2026-10', '2026-11', '2028-02'];

function callRow(n: number, startedAt: string | Date, changes: Partial<CallRow> = {}): CallRow {
  const began = new Date(startedAt);
  return {
    callSid: `CA${n}`,
    callerPhone: '+15125550123',
    startedAt: began,
    endedAt: new Date(began.getTime() + 60_000),
    durationMs: 60_000,
    states: [],
    outcome: 'completed',
    interruptions: 0,
    transcript: [],
    ...changes,
  };
}

// The query builder takes no object that has no prototype.
const PLAIN = { noNullPrototype: true };
const delays: fc.Arbitrary<LatencyFigures | null> = fc.option(
  fc.nat(3000).map((median) => ({ count: 3, median, max: median + 5 })),
);
const aCall = fc.record(
  {
    offset: fc.integer({ min: -2 * 86_400, max: 34 * 86_400 }),
    durationMs: fc.nat(900_000),
    outcome: fc.constantFrom(...CALL_OUTCOMES),
    interruptions: fc.nat(4),
    path: fc.array(fc.constantFrom(...STATES), { maxLength: 6 }).map((states) => states.join('>')),
    intent: fc.constantFrom(null, 'book_appointment', 'talk_to_person'),
    agent: fc.constantFrom(null, 'keypad', 'realtime', 'realtime>keypad'),
    afterHours: fc.boolean(),
    test: fc.boolean(),
    dialStatus: fc.constantFrom(null, 'completed', 'answered', 'busy', 'no-answer', 'failed', 'canceled'),
    latency: fc.option(
      fc.record(
        {
          greeting_ms: fc.option(fc.nat(400)),
          response_ms: delays,
          interruption_ms: delays,
          mark_lag_ms: delays,
          model_ms: delays,
        },
        PLAIN,
      ),
    ),
  },
  PLAIN,
);

/** What the figures must be in every kind of database. */
export function callFiguresContract({ name, create }: DatabaseKind): void {
  describe(`the figures of calls in ${name}`, () => {
    let store: TestDatabase;
    let readFigures: ReturnType<typeof figureReader>;
    beforeAll(async () => {
      store = await create();
      readFigures = figureReader(store.database, () => NOW);
    });
    afterAll(() => store.drop());
    beforeEach(() => emptyTables(store.database));
    const keep = (rows: CallRow[]) => store.database.run((sql) => sql.insert(calls).values(rows));
    const read = (query: { from?: string; to?: string; timezone?: string; withTests?: boolean } = {}) =>
      readFigures({ timezone: CHICAGO, withTests: false, ...query });
    const busyDays = async (query: Parameters<typeof read>[0]) =>
      Object.fromEntries(
        (await read(query)).by_day.filter((each) => each.calls > 0).map((each) => [each.day, each.calls]),
      );

    test('are zero and null for days without calls, of which each is there', async () => {
      const figures = await read();
      expect(figures).toEqual(
        recountedFigures([], { from: '2026-03-02', to: '2026-03-31', timezone: CHICAGO, withTests: false }),
      );
      expect(figures.by_day).toHaveLength(30);
      expect(figures.by_hour).toHaveLength(24);
      expect([figures.booked_share, figures.duration_ms.mean, figures.latency.response_ms.p50]).toEqual([
        null,
        null,
        null,
      ]);
    });

    test('are of the last 30 days, or of 30 from or to the day that is given, none after today', async () => {
      const period = async (query: object) => {
        const { from, to } = await read(query);
        return [from, to];
      };
      expect(await period({})).toEqual(['2026-03-02', '2026-03-31']);
      expect(await period({ timezone: 'Pacific/Kiritimati' })).toEqual(['2026-03-03', '2026-04-01']);
      expect(await period({ to: '2026-03-01' })).toEqual(['2026-01-31', '2026-03-01']);
      expect(await period({ from: '2026-01-01' })).toEqual(['2026-01-01', '2026-01-30']);
      expect(await period({ from: '2026-03-20' })).toEqual(['2026-03-20', '2026-03-31']);
      expect(await period({ from: '2026-05-01' })).toEqual(['2026-05-01', '2026-05-01']);
    });

    test('refuse days that are none, a wrong order and more than three years', async () => {
      const wrong = [
        [{ from: '2026-02-30' }, /^from must be a day/],
        [{ to: '1066-10-14' }, /^to must be a day/],
        [{ from: '2026-03-02', to: '2026-03-01' }, /^from must not be after to/],
        [{ from: '2020-01-01', to: '2026-03-01' }, /at most 1096 days/],
      ] as const;
      for (const [query, message] of wrong)
        await expect(read(query)).rejects.toMatchObject({
          code: 'BAD_REQUEST',
          message: expect.stringMatching(message),
        });
    });

    test('have a day of 23 hours and one of 25, and an hour that comes twice as one', async () => {
      // In 2026 the clocks of Chicago are put on at 8:00 UTC on March 8, and back at 7:00 UTC on November 1.
      const hours = (day: string) =>
        Array.from({ length: 48 }, (_, n) =>
          callRow(n, new Date(Date.parse(`${day}T00:00Z`) + n * 3_600_000)),
        );
      await keep(hours('2026-03-08'));
      expect(await busyDays({ from: '2026-03-07', to: '2026-03-10' })).toEqual({
        '2026-03-07': 6,
        '2026-03-08': 23,
        '2026-03-09': 19,
      });
      await emptyTables(store.database);
      await keep(hours('2026-11-01'));
      const day = { from: '2026-11-01', to: '2026-11-01' };
      expect(await busyDays(day)).toEqual({ '2026-11-01': 25 });
      expect((await read(day)).by_hour.map((each) => each.calls)).toEqual([1, 2, ...Array(22).fill(1)]);
    });

    test('count calls that were made to try the line when asked to', async () => {
      await keep([callRow(1, NOW), callRow(2, NOW, { test: true })]);
      expect([(await read()).calls, (await read({ withTests: true })).calls]).toEqual([1, 2]);
    });

    test('tell where calls ended of which nothing came, and who was put through', async () => {
      const path = 'greeting>collecting_info>booking';
      await keep([
        callRow(1, NOW, { path, outcome: 'hung_up' }),
        callRow(2, NOW, { path, outcome: 'booked' }),
        callRow(3, NOW, { path: 'greeting', outcome: 'abandoned' }),
        callRow(4, NOW, { path: 'greeting>transferring', outcome: 'transferred', dialStatus: 'completed' }),
        callRow(5, NOW, { path: 'greeting>transferring', outcome: 'transferred', dialStatus: 'no-answer' }),
        // What an older gateway writes has no path.
        callRow(6, NOW, { outcome: 'hung_up' }),
      ]);
      const { drop_off, transitions, transfers } = await read();
      expect(drop_off).toEqual([
        { state: 'greeting', reached: 5, calls: 1, share: 0.2 },
        { state: 'booking', reached: 2, calls: 1, share: 0.5 },
        { state: 'collecting_info', reached: 2, calls: 0, share: 0 },
        { state: 'transferring', reached: 2, calls: 0, share: 0 },
      ]);
      expect(transitions[0]).toEqual({ from: 'collecting_info', to: 'booking', count: 2 });
      expect(transfers).toEqual({ asked: 2, answered: 1 });
    });

    test('are the same for all who ask while they are counted', async () => {
      await keep([callRow(1, NOW)]);
      const all = await Promise.all(Array.from({ length: 40 }, () => read()));
      expect(all.map((each) => each.calls)).toEqual(Array(40).fill(1));
    });

    test('are those of a plain recount, whatever the calls, the zone and the days', async () => {
      const anyCalls = fc.tuple(
        fc.constantFrom(...MONTHS),
        fc.array(aCall, { maxLength: 60 }),
        fc.constantFrom(...ZONES),
        fc.integer({ min: 1, max: 28 }),
        fc.nat(34),
        fc.boolean(),
      );
      const property = fc.asyncProperty(anyCalls, async ([month, some, timezone, first, more, withTests]) => {
        const begins = Date.parse(`${month}-01T00:00Z`);
        const rows = some.map(({ offset, ...call }, n) => callRow(n, new Date(begins + offset * 1000), call));
        const from = `${month}-${String(first).padStart(2, '0')}`;
        const to = new Date(Date.parse(`${from}T00:00Z`) + more * 86_400_000).toISOString().slice(0, 10);
        await emptyTables(store.database);
        if (rows.length > 0) await keep(rows);
        const query = { from, to, timezone, withTests };
        expect(await readFigures(query)).toEqual(recountedFigures(rows, query));
      });
      await fc.assert(property, { numRuns: runs(300) });
    }, 300_000);
  });
}
