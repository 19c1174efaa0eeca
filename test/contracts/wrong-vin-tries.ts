import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CustomerRepository } from '../../src/customers/customer-repository.js';
import { type NumberOnFile, WrongVinTries } from '../../src/customers/wrong-vin-tries.js';
import { wrongVinTries } from '../../src/database/schema.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';

const PHONE = '+15125550123';
const HOUR_MS = 3_600_000;
const wrong = (onFile: NumberOnFile) => ({ result: 'wrong', onFile }) as const;
const right = (onFile: NumberOnFile) => ({ result: 'right', onFile }) as const;

/** What the wrong tries must be in every kind of database. */
export function wrongVinTriesContract({ name, create }: DatabaseKind): void {
  describe(`wrong digits of a VIN in ${name}`, () => {
    let store: TestDatabase;
    let now: Date;
    let tries: WrongVinTries;
    beforeAll(async () => {
      store = await create();
    });
    afterAll(() => store.drop());
    beforeEach(async () => {
      await emptyTables(store.database);
      now = new Date('2026-03-02T15:00:00Z');
      tries = new WrongVinTries({ database: store.database, clock: () => now });
    });
    const pass = (hours: number) => {
      now = new Date(now.getTime() + hours * HOUR_MS);
    };
    const wrongSoFar = async (phone = PHONE) => (await tries.take(phone, right)).onFile.wrongTries;

    test('are counted for each number, a customer’s or not, and right ones are not', async () => {
      await tries.take(PHONE, wrong);
      await tries.take(PHONE, wrong);
      await tries.take('+15125550124', wrong);
      expect(await wrongSoFar()).toBe(2);
      expect(await wrongSoFar('+15125550124')).toBe(1);
      expect(await wrongSoFar('+15125550125')).toBe(0);
    });

    test('keyed on a test call see what is on file, count for nobody, and are not held by what others tried', async () => {
      const customers = new CustomerRepository({ database: store.database, timezone: () => 'UTC' });
      const maria = await customers.create({
        phone_number: PHONE,
        first_name: 'Maria',
        last_name: 'Alvarez',
      });
      await tries.take(PHONE, wrong);
      const { onFile } = await tries.look(PHONE, wrong);
      expect(onFile).toEqual({
        customerId: maria.id,
        vins: [],
        wrongTries: 0,
        sinceWrongMs: Number.POSITIVE_INFINITY,
        shop: { lastHour: 0, lastDay: 0 },
      });
      expect(await wrongSoFar()).toBe(1);
    });

    test('are counted for the shop by the hour and the day, and it is known how long ago a number’s latest was', async () => {
      const seen = async (phone: string) => {
        const { sinceWrongMs, shop } = (await tries.take(phone, right)).onFile;
        return { sinceWrongMs, shop };
      };
      await tries.take(PHONE, wrong);
      pass(0.5);
      await tries.take('+15125550124', wrong);
      expect(await seen(PHONE)).toEqual({ sinceWrongMs: HOUR_MS / 2, shop: { lastHour: 2, lastDay: 2 } });
      pass(0.5);
      expect(await seen(PHONE)).toEqual({ sinceWrongMs: HOUR_MS, shop: { lastHour: 1, lastDay: 2 } });
      expect(await seen('+15125550124')).toMatchObject({ sinceWrongMs: HOUR_MS / 2 });
      expect(await seen('+15125550125')).toMatchObject({ sinceWrongMs: Number.POSITIVE_INFINITY });
      pass(23);
      expect(await seen(PHONE)).toMatchObject({ shop: { lastHour: 0, lastDay: 1 } });
    });

    test('of many numbers at the same time are counted for the shop one after the other, at other gateways too', async () => {
      const elsewhere = new WrongVinTries({ database: store.database, clock: () => now });
      const all = Array.from({ length: 6 }, (_, n) =>
        (n % 2 === 0 ? tries : elsewhere).take(`+151255501${10 + n}`, wrong),
      );
      const counts = (await Promise.all(all)).map(({ onFile }) => onFile.shop.lastHour);
      expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 6 }, (_, n) => n));
    });

    test('are forgotten after a day, each by itself', async () => {
      await tries.take(PHONE, wrong);
      pass(20);
      await tries.take(PHONE, wrong);
      pass(3.9);
      expect(await wrongSoFar()).toBe(2);
      pass(0.1);
      expect(await wrongSoFar()).toBe(1);
      pass(20);
      expect(await wrongSoFar()).toBe(0);
      expect(await store.database.run((sql) => sql.$count(wrongVinTries))).toBe(0);
    });

    test('at the same time are judged one after the other, at other gateways too', async () => {
      const elsewhere = new WrongVinTries({ database: store.database, clock: () => now });
      const all = Array.from({ length: 4 }, (_, n) => (n % 2 === 0 ? tries : elsewhere).take(PHONE, wrong));
      const counts = (await Promise.all(all)).map(({ onFile }) => onFile.wrongTries);
      expect(counts.sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    });

    test('are judged by the VINs of the customer who has the number, and of nobody else', async () => {
      const { database } = store;
      const customers = new CustomerRepository({
        database,
        timezone: () => 'America/Chicago',
        clock: () => now,
      });
      const create = (phone_number: string) =>
        customers.create({ phone_number, first_name: 'Maria', last_name: 'Alvarez' });
      const [maria, james] = [await create(PHONE), await create('+15125550124')];
      await customers.addVehicle(maria.id, { make: 'Kia', model: 'Rio', vin: 'VIN1' });
      await customers.addVehicle(maria.id, { make: 'Kia', model: 'Rio', vin: null });
      await customers.addVehicle(maria.id, { make: 'Kia', model: 'Rio', vin: 'VIN2' });
      await customers.addVehicle(james.id, { make: 'Kia', model: 'Rio', vin: 'VIN3' });
      const onFile = async (phone: string) => (await tries.take(phone, right)).onFile;
      const { vins, ...hers } = await onFile(PHONE);
      const none = {
        wrongTries: 0,
        sinceWrongMs: Number.POSITIVE_INFINITY,
        shop: { lastHour: 0, lastDay: 0 },
      };
      expect(hers).toEqual({ customerId: maria.id, ...none });
      expect([...vins].sort()).toEqual(['VIN1', 'VIN2']);
      expect(await onFile('+15125550125')).toEqual({ customerId: null, vins: [], ...none });
    });

    test('are not counted when the judge fails', async () => {
      const failing = tries.take(PHONE, () => {
        throw new RangeError('no verdict');
      });
      await expect(failing).rejects.toThrow('no verdict');
      expect(await wrongSoFar()).toBe(0);
    });
  });
}
