import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppointmentBook } from '../../src/appointments/appointment-book.js';
import { memoryOpenTimesCache, type OpenTimesCache } from '../../src/appointments/open-times-cache.js';
import { appointments, bookRevision, customers } from '../../src/database/schema.js';
import type { BookingRules } from '../../src/shop/shop.js';
import { shopOf } from '../../src/shop/shop.js';
import { plainOpenTimes } from '../support/plain-open-times.js';
import { runs } from '../support/property-runs.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

const NOW = Date.parse('2026-03-02T14:00:00Z');
const HOUR_MS = 3_600_000;
const rulesOf = (hours: string): BookingRules =>
  shopOf({ set: { hours, bays: 2, lead_minutes: 60, horizon_days: 5, same_day_until: '15:00' } }).rules;
const RULES = [rulesOf('Mon-Fri 08:00-12:00'), rulesOf('Mon-Fri 09:00-11:00')] as const;

/** What cached open times must be in every kind of database. */
export function cachedOpenTimesContract({ name, create }: DatabaseKind): void {
  describe(`cached open times in ${name}`, () => {
    let store: TestDatabase;
    let now = NOW;
    let hits = 0;
    let rules: BookingRules = RULES[0];
    beforeAll(async () => {
      store = await create();
    });
    afterAll(() => store.drop());
    beforeEach(async () => {
      await emptyTables(store.database);
      now = NOW;
      rules = RULES[0];
    });
    const source = {
      get now() {
        return rules;
      },
      within: async () => rules,
    };
    const bookWith = (cache: OpenTimesCache = memoryOpenTimesCache()) =>
      new AppointmentBook({
        database: store.database,
        rules: source,
        clock: () => new Date(now),
        cache,
        onLookUp: (result) => {
          if (result === 'hit') hits += 1;
        },
      });
    const starts = async (book: AppointmentBook, limit = 200) =>
      (await book.openSlots('oil_change', null, limit)).map(({ start }) => start.toISOString());
    const plain = (limit: number) =>
      plainOpenTimes(store.database, source, () => new Date(now))('oil_change', limit);
    const revision = async () =>
      (await store.database.run((sql) => sql.select().from(bookRevision)))[0]?.revision ?? 0;
    const timeOf = async (n: number) => (await plain(n + 1))[n]?.start ?? new Date(now);

    test('are given again without a look into the book, until something is booked', async () => {
      const book = bookWith();
      const [first] = await book.openSlots('oil_change', null, 3);
      const before = hits;
      expect((await book.openSlots('oil_change', null, 3))[0]).toEqual(first);
      expect(hits).toBeGreaterThan(before);
      const startsAt = first?.start ?? new Date();
      for (let bay = 1; bay <= 2; bay++) await bookWith().book({ serviceType: 'oil_change', startsAt });
      expect(await starts(book)).not.toContain(startsAt.toISOString());
    });

    test('are of a revision that counts what takes or frees a place, whoever writes it, and nothing else', async () => {
      const book = bookWith();
      const startsAt = await timeOf(0);
      const moves = async (work: () => Promise<unknown>) => {
        const before = await revision();
        await work();
        return (await revision()) > before;
      };
      const run = (work: Parameters<typeof store.database.run>[0]) => () => store.database.run(work);
      expect(await moves(() => book.hold('CA1', 'oil_change', startsAt))).toBe(true);
      expect(await moves(() => book.release('CA1'))).toBe(true);
      expect(await moves(() => book.release('CA1'))).toBe(false);
      expect(await moves(() => book.book({ serviceType: 'oil_change', startsAt, callSid: 'CA1' }))).toBe(
        true,
      );
      expect(await moves(run((sql) => sql.update(appointments).set({ confirmed: true })))).toBe(false);
      expect(
        await moves(run((sql) => sql.update(appointments).set({ notes: 'blue', callerPhone: null }))),
      ).toBe(false);
      expect(
        await moves(
          run((sql) => sql.insert(customers).values({ phoneNumber: '+1', firstName: 'a', lastName: 'b' })),
        ),
      ).toBe(false);
      expect(await moves(run((sql) => sql.update(appointments).set({ bay: 2 })))).toBe(true);
      expect(await moves(run((sql) => sql.update(appointments).set({ status: 'cancelled' })))).toBe(true);
      expect(await moves(run((sql) => sql.delete(appointments)))).toBe(true);
      expect(await moves(run((sql) => sql.delete(appointments)))).toBe(false);
      expect(await moves(run((sql) => sql.execute('truncate public.appointments')))).toBe(true);
    });

    test('of one transaction are not of a revision that another has not committed', async () => {
      const book = bookWith();
      const before = await starts(book);
      const startsAt = await timeOf(0);
      await expect(
        store.database.transaction(async (sql) => {
          const times = { startsAt, endsAt: new Date(startsAt.getTime() + HOUR_MS) };
          await sql
            .insert(appointments)
            .values(
              [1, 2].map((bay) => ({ ...times, bay, serviceType: 'tires', status: 'booked' as const })),
            );
          throw new Error('not after all');
        }),
      ).rejects.toThrow('not after all');
      expect(await starts(book)).toEqual(before);
    });

    test('are worked out each time where the database counts no revisions', async () => {
      const book = bookWith();
      const [row] = await store.database.run((sql) => sql.delete(bookRevision).returning());
      const startsAt = await timeOf(0);
      expect(await starts(book)).toContain(startsAt.toISOString());
      for (let bay = 1; bay <= 2; bay++) await bookWith().book({ serviceType: 'oil_change', startsAt });
      expect(await starts(book)).not.toContain(startsAt.toISOString());
      if (row) await store.database.run((sql) => sql.insert(bookRevision).values(row));
    });

    test('are those of the book after whatever two gateways have done, and while time goes on', async () => {
      const cache = memoryOpenTimesCache();
      const gateways = [bookWith(cache), bookWith(cache)] as const;
      const step = fc.record({
        kind: fc.constantFrom('book', 'hold', 'release', 'cancel', 'rules', 'wait', 'look'),
        at: fc.nat(12),
        gateway: fc.constantFrom(0 as const, 1 as const),
      });
      const take = async ({ kind, at, gateway }: { kind: string; at: number; gateway: 0 | 1 }) => {
        const book = gateways[gateway];
        const callSid = `CA${at}`;
        if (kind === 'book') await book.book({ serviceType: 'oil_change', startsAt: await timeOf(at) });
        if (kind === 'hold') await book.hold(callSid, 'oil_change', await timeOf(at));
        if (kind === 'release') await book.release(callSid);
        if (kind === 'rules') rules = RULES[at % 2] ?? RULES[0];
        // Past the end of a hold, the lead time and the last hour of the day.
        if (kind === 'wait') now += at * 10 * 60_000;
        const [booked] = kind === 'cancel' ? await book.list({ limit: 1 }) : [];
        if (booked) await book.change(booked.id, { status: 'cancelled' });
      };
      const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        await emptyTables(store.database);
        now = NOW;
        for (const each of steps) {
          await take(each);
          const expected = (await plain(4 + each.at)).map(({ start }) => start.toISOString());
          for (const book of gateways) expect(await starts(book, 4 + each.at)).toEqual(expected);
        }
      });
      await fc.assert(property, { numRuns: runs(150) });
    }, 300_000);
  });
}
