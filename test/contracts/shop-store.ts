import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Database } from '../../src/database/database.js';
import type { NotificationListener } from '../../src/database/notifications.js';
import { shopSettings } from '../../src/database/schema.js';
import { nameOfService } from '../../src/shop/shop.js';
import type { ShopChange } from '../../src/shop/shop-form.js';
import { DEFAULT_SETTINGS, type ShopSettings } from '../../src/shop/shop-settings.js';
import { type SharedShop, ShopStore, type ShopStoreOptions } from '../../src/shop/shop-store.js';
import { ShopWriter } from '../../src/shop/shop-writer.js';
import { NOTHING_STORED } from '../../src/shop/stored-shop.js';
import { faultyDatabase } from '../support/faulty-database.js';
import { logSink } from '../support/log-sink.js';
import { runs } from '../support/property-runs.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

const nothing = async () => undefined;
const [oil, brakes] = DEFAULT_SETTINGS.services;

const CHANGES: fc.Arbitrary<ShopChange> = fc.record(
  {
    name: fc.constantFrom('North Garage', 'South Garage'),
    address: fc.constantFrom('1 Main Street', null),
    timezone: fc.constantFrom('Asia/Kathmandu', 'America/St_Johns'),
    hours: fc.constantFrom('Mon-Sat 9-5', 'Sun 10:00-12:00'),
    bays: fc.integer({ min: 1, max: 5 }),
    transfer_number: fc.constantFrom('+15125550177', null),
    answering: fc.constantFrom('agent', 'forward', 'closed'),
    lead_minutes: fc.integer({ min: 0, max: 600 }),
    same_day_until: fc.constantFrom('11:30', null),
    horizon_days: fc.integer({ min: 1, max: 365 }),
    slot_minutes: fc.constantFrom(15, 30, 60),
  },
  { requiredKeys: [] },
);
const GIVEN = fc.record(
  {
    name: fc.constant('Given Garage'),
    timezone: fc.constant('Europe/Berlin'),
    hours: fc.constant('Mon 1pm-3pm'),
    bays: fc.integer({ min: 6, max: 9 }),
    transfer_number: fc.constant('+15125550188'),
  },
  { requiredKeys: [] },
);

/** What the store of the shop's settings must do in every kind of database. */
export function shopStoreContract({ name, create }: DatabaseKind): void {
  describe(`the shop's settings in ${name}`, () => {
    let subject: TestDatabase;
    beforeAll(async () => {
      subject = await create();
    });
    afterAll(() => subject.drop());
    beforeEach(() => emptyTables(subject.database));

    /** As after a start; `hasRead`: it knows what is stored. */
    const open = async (options: Partial<ShopStoreOptions> = {}, hasRead = true) => {
      const { database } = subject;
      const store = new ShopStore({ database, given: {}, logger: silentLogger(), ...options });
      if (hasRead) await store.refresh();
      expect(store.isKnown).toBe(hasRead);
      return { store, writer: new ShopWriter({ database, store }) };
    };

    /** What is kept for gateways that cannot read the database, by its revisions. */
    const share = () => {
      const kept: number[] = [];
      const shared: SharedShop = {
        read: async () => null,
        keep: async ({ revision }) => void kept.push(revision),
        watch: () => undefined,
        close: () => undefined,
      };
      return { shared, kept };
    };

    test('are those of a shop that has set nothing, until something is set', async () => {
      const { store, writer } = await open();
      expect(store.now).toMatchObject({ revision: 0, settings: DEFAULT_SETTINGS });
      const heard: number[] = [];
      const stop = store.watch(({ revision }) => heard.push(revision));
      const written = await writer.change({ bays: 3, address: '1 Main Street' }, nothing);
      expect(written).toMatchObject({ status: 'done', shop: { revision: 1 } });
      expect(store.now.settings).toEqual({ ...DEFAULT_SETTINGS, bays: 3, address: '1 Main Street' });
      stop();
      await writer.change({ bays: 4 }, nothing);
      expect(heard).toEqual([1]);
    });

    test('survive a restart, each beside what was set before', async () => {
      const { writer } = await open();
      await writer.change({ bays: 3 }, nothing);
      await writer.change({ name: 'North Garage' }, nothing);
      const { store } = await open();
      expect(store.now).toMatchObject({ revision: 2, settings: { bays: 3, name: 'North Garage' } });
    });

    test('are locked where the environment gives them, and nothing of such a change is stored', async () => {
      const { store, writer } = await open({ given: { bays: 5, name: 'Given' } });
      const written = await writer.change({ bays: 3, lead_minutes: 10 }, nothing);
      expect(written).toEqual({ status: 'locked', names: ['bays'] });
      expect(store.now).toMatchObject({ revision: 0, settings: { bays: 5, lead_minutes: 120 } });
    });

    test('keep the name of a service that is gone, until it is back', async () => {
      const { store, writer } = await open();
      if (!oil || !brakes) throw new Error('the default shop has services');
      await writer.change({ services: [{ ...brakes, bays: null }] }, nothing);
      expect(nameOfService(store.now, 'oil_change')).toBe('oil change');
      expect(store.now.rules.services.map(({ type }) => type)).toEqual(['brakes']);
      await writer.change({ services: [{ ...oil, bays: null, name: 'oil service' }] }, nothing);
      expect(nameOfService(store.now, 'oil_change')).toBe('oil service');
      expect([...store.now.retired.keys()].sort()).toEqual(['brakes', 'inspection', 'other', 'tires']);
    });

    test('refuse a service in a bay that the shop does not have, and stay as they were', async () => {
      const { store, writer } = await open();
      if (!oil) throw new Error('the default shop has services');
      const written = await writer.change({ services: [{ ...oil, bays: [3] }], lead_minutes: 5 }, nothing);
      expect(written).toMatchObject({
        status: 'refused',
        faults: [expect.stringContaining('services.0.bays')],
      });
      await writer.change({ bays: 3, services: [{ ...oil, bays: [3] }] }, nothing);
      expect(await writer.change({ bays: 2 }, nothing)).toMatchObject({ status: 'refused' });
      expect(store.now.settings).toMatchObject({ bays: 3, lead_minutes: 120 });
    });

    test('can be changed otherwise where the environment has fewer bays than a service needs', async () => {
      const { writer } = await open();
      if (!oil || !brakes) throw new Error('the default shop has services');
      const services = [
        { ...oil, bays: [3] },
        { ...brakes, bays: null },
      ];
      await writer.change({ bays: 3, services }, nothing);
      const fewer = await open({ given: { bays: 2 } });
      const written = await fewer.writer.change({ name: 'North Garage' }, nothing);
      expect(written).toMatchObject({
        status: 'done',
        shop: { settings: { name: 'North Garage', bays: 2 } },
      });
      expect(await fewer.writer.change({ services }, nothing)).toMatchObject({ status: 'refused' });
      const back = services.map((service) => ({ ...service, bays: null }));
      expect(await fewer.writer.change({ services: back }, nothing)).toMatchObject({ status: 'done' });
    });

    test('are left as they are by a change whose transaction fails', async () => {
      const { store, writer } = await open();
      const fault = new Error('changed my mind');
      await expect(writer.change({ bays: 9 }, () => Promise.reject(fault))).rejects.toBe(fault);
      await store.refresh();
      expect((await open()).store.now.settings.bays).toBe(2);
    });

    test('of the moment are the rules inside of a transaction, also at a gateway that has not heard of them', async () => {
      const { writer } = await open();
      const { shared, kept } = share();
      const other = await open({ shared }, false);
      await writer.change({ bays: 7 }, nothing);
      expect(other.store.rules.now.bays).toBe(2);
      const { database } = subject;
      expect((await database.transaction((sql) => other.store.rules.within(sql))).bays).toBe(7);
      expect(other.store.rules.now.bays).toBe(7);
      expect(kept).toEqual([1]);
    });

    test('are kept for others as they are known last, not as an earlier look has read them', async () => {
      let afterLook: () => Promise<unknown> = nothing;
      const database: Database = {
        ...faultyDatabase(subject.database, []),
        run: async (work) => {
          const read = await subject.database.run(work);
          await afterLook();
          return read;
        },
      };
      const { shared, kept } = share();
      const [{ store, writer }, other] = [await open({ database, shared }), await open()];
      await other.writer.change({ bays: 3 }, nothing);
      afterLook = () => writer.change({ bays: 4 }, nothing);
      await store.refresh();
      store.written({ stored: { ...NOTHING_STORED, revision: 1 }, faults: [] });
      expect(store.now).toMatchObject({ revision: 2, settings: { bays: 4 } });
      expect(kept).toEqual([0, 2]);
    });

    test('are read again when the look after a change has failed', async () => {
      let listener: NotificationListener | undefined;
      const faults: (Error | null)[] = [];
      const database = {
        ...faultyDatabase(subject.database, faults),
        embedded: false,
        listen: (_channel: string, listening: NotificationListener) => {
          listener = listening;
        },
      };
      const [{ store }, other] = [await open({ database }), await open()];
      store.start();
      listener?.onListening(true);
      await store.refresh();
      await other.writer.change({ transfer_number: '+15125550177' }, nothing);
      const away = new GatewayError('UNAVAILABLE', 'No connection is free.');
      faults.push(away, away);
      listener?.onMessage('');
      await expect.poll(() => store.now.settings.transfer_number).toBe('+15125550177');
      expect(faults).toEqual([]);
      store.close();
    });

    test('that cannot be used are left out, which is told once', async () => {
      const log = logSink();
      const settings = { bays: 'many', hours: 'never', name: 'Good', of_a_later_version: 1 };
      const row = { revision: 4, settings, retired: {} };
      await subject.database.run((sql) => sql.insert(shopSettings).values(row));
      const { store, writer } = await open({ logger: log.logger });
      expect(store.now).toMatchObject({
        revision: 4,
        settings: { name: 'Good', bays: 2, hours: DEFAULT_SETTINGS.hours },
      });
      await writer.change({ bays: 3 }, nothing);
      expect(log.lines().map(({ msg }) => msg)).toHaveLength(2);
      const [stored] = await subject.database.run((sql) => sql.select().from(shopSettings));
      expect(stored?.settings).toMatchObject({ of_a_later_version: 1, bays: 3 });
    });

    test('have closures, which come and go; one that is long over counts no more', async () => {
      const clock = () => new Date('2026-12-20T12:00:00Z');
      const { store, writer } = await open({ clock });
      const closure = { from: '2026-12-24', to: '2026-12-26', bay: null, hours: null, reason: 'Christmas' };
      const added = await writer.addClosure(closure, async (_sql, _shop, stored) => stored);
      await writer.addClosure({ ...closure, from: '2026-01-01', to: '2026-01-01' }, nothing);
      await writer.addClosure({ ...closure, bay: 2, hours: '10:00-12:00', reason: null }, nothing);
      expect(await writer.addClosure({ ...closure, bay: 3 }, nothing)).toMatchObject({ status: 'refused' });
      expect(store.now.revision).toBe(3);
      expect(store.now.rules.closures.map(({ from, bay }) => [from, bay])).toEqual([
        ['2026-12-24', null],
        ['2026-12-24', 2],
      ]);
      expect(await writer.closures({ limit: 10, to: '2026-06-01' })).toMatchObject([{ from: '2026-01-01' }]);
      const id = added.status === 'done' ? added.value.id : 0;
      expect(await writer.removeClosure(id)).toBe(true);
      expect(await writer.removeClosure(id)).toBe(false);
      expect(store.now).toMatchObject({ revision: 4, rules: { closures: [{ bay: 2 }] } });
    });

    test('are as the last of many changes at once says, and none is lost', async () => {
      const { store, writer } = await open();
      const all = Array.from({ length: 8 }, (_, n) =>
        writer.change({ lead_minutes: n, slot_minutes: 5 + n }, nothing),
      );
      await Promise.all(all);
      expect(store.now.revision).toBe(8);
      const { lead_minutes, slot_minutes } = store.now.settings;
      expect(slot_minutes).toBe(5 + lead_minutes);
    });

    test('hold, whatever is set in whichever environment: what it gives wins, what was set survives', async () => {
      const property = fc.asyncProperty(
        fc.array(CHANGES, { maxLength: 4 }),
        GIVEN,
        async (changes, given) => {
          await emptyTables(subject.database);
          const { writer } = await open({ given });
          let set: Partial<ShopSettings> = {};
          for (const change of changes) {
            const locked = Object.keys(change).filter((name) => name in given);
            const written = await writer.change(change, nothing);
            expect(written.status).toBe(locked.length > 0 ? 'locked' : 'done');
            if (locked.length === 0) set = { ...set, ...change };
          }
          const { store } = await open({ given });
          expect(store.now.settings).toEqual({ ...DEFAULT_SETTINGS, ...set, ...given });
          expect([...store.now.locked].sort()).toEqual(Object.keys(given).sort());
        },
      );
      await fc.assert(property, { numRuns: runs(200) });
    }, 120_000);
  });
}
