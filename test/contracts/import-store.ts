import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CustomerRepository } from '../../src/customers/customer-repository.js';
import { isSameVehicle } from '../../src/customers/import/customer-file.js';
import { ImportStore } from '../../src/customers/import/import-store.js';
import { lockErasures } from '../../src/database/erasures.js';
import type { StoredImportCustomer, StoredImportVehicle } from '../../src/database/import-schema.js';
import { customers, vehicles } from '../../src/database/schema.js';
import { erasePerson } from '../../src/privacy/erased-person.js';
import { runs } from '../support/property-runs.js';
import { type DatabaseKind, emptyTables, type TestDatabase } from '../support/test-database.js';
import { counted, imported, type ModelShop } from './import-model.js';

const civic: StoredImportVehicle = { make: 'Honda', model: 'Civic', year: 2019, vin: null, plate: null };
const maria: StoredImportCustomer = {
  phone_number: '+15125550123',
  first_name: 'Maria',
  last_name: 'Alvarez',
  email: null,
  notes: 'Prefers "mornings" — naïve, 50 €',
  vehicles: [civic],
};
const numbered = (n: number): StoredImportCustomer => ({
  ...maria,
  phone_number: `+1512555${String(1000 + n)}`,
  last_name: `Nr. ${n}`,
});

const vehicle = fc.record({
  make: fc.constantFrom('Kia', 'KIA', 'Ford'),
  model: fc.constantFrom('Rio', 'F-150'),
  year: fc.constantFrom(null, 2019, 2020),
  vin: fc.constantFrom(null, 'KNADE123456789012', 'KNADE123456789013'),
  plate: fc.constantFrom(null, 'ABC 123', 'ABC-123', 'A.B·C123', 'XYZ'),
});
/** A file with each number once, and no vehicle of a customer twice, as the reader leaves it. */
const fileOfCustomers = fc.uniqueArray(
  fc.record({
    phone_number: fc.integer({ min: 0, max: 9 }).map((n) => `+1512555010${n}`),
    first_name: fc.constantFrom('Ada', 'Grace', 'Ännchen'),
    last_name: fc.constantFrom('', 'King', "O'Neill"),
    email: fc.constantFrom(null, 'ada@example.com', 'grace@example.com'),
    notes: fc.constantFrom(null, '{"a": "\\u0041"}', 'mornings'),
    vehicles: fc.uniqueArray(vehicle, { maxLength: 3, comparator: isSameVehicle }),
  }),
  { maxLength: 10, selector: ({ phone_number }) => phone_number },
);

/** How files of customers come into every kind of database. */
export function importStoreContract({ name, create }: DatabaseKind): void {
  describe(`files of customers in ${name}`, () => {
    let store: TestDatabase;
    let imports: ImportStore;
    beforeAll(async () => {
      store = await create();
      imports = new ImportStore(store.database);
    });
    afterAll(() => store.drop());
    beforeEach(async () => {
      await emptyTables(store.database);
      await execute('delete from customer_imports');
    });

    const execute = (statement: string) => store.database.run((sql) => sql.execute(statement));
    const people = () =>
      store.database.run((sql) => sql.select().from(customers).orderBy(customers.phoneNumber));
    const cars = () => store.database.run((sql) => sql.select().from(vehicles).orderBy(vehicles.id));
    async function shop(): Promise<ModelShop> {
      const owned = await cars();
      const carsOf = (id: number) =>
        owned
          .filter(({ customerId }) => customerId === id)
          .map(({ make, model, year, vin, plate }) => ({ make, model, year, vin, plate }));
      const all = (await people()).map(({ id, ...person }) => ({
        phone_number: person.phoneNumber,
        first_name: person.firstName,
        last_name: person.lastName,
        email: person.email,
        notes: person.notes,
        vehicles: carsOf(id),
      }));
      return new Map(all.map((customer) => [customer.phone_number, customer]));
    }
    /** How many sessions wait for a lock. */
    const waiting = async () =>
      (
        await execute(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        )
      ).rowCount;
    const leftRows = async () => (await execute('select place from customer_import_rows')).rows.length;

    async function accepted(...all: readonly StoredImportCustomer[]): Promise<number> {
      const id = await imports.begin();
      await imports.put(id, 0, JSON.stringify(all));
      await imports.accept(id);
      return id;
    }

    /** Writes a file to its end, and gives what was counted. */
    async function take(...all: readonly StoredImportCustomer[]) {
      const id = await accepted(...all);
      const counts = { created: 0, joined: 0, vehicles: 0, phones: [] as string[] };
      for (let slice = await imports.write(id); slice; slice = await imports.write(id)) {
        counts.created += slice.created;
        counts.joined += slice.joined;
        counts.vehicles += slice.vehicles;
        counts.phones.push(...slice.phones);
      }
      return counts;
    }

    test('are nowhere to be seen before they are accepted', async () => {
      const id = await imports.begin();
      await imports.put(id, 0, JSON.stringify([maria]));
      expect(await imports.write(id)).toBeNull();
      expect(await people()).toEqual([]);
      await imports.drop(id);
      expect(await leftRows()).toBe(0);
    });

    test('are written whole, and leave nothing behind', async () => {
      expect(await take(maria)).toEqual({
        created: 1,
        joined: 0,
        vehicles: 1,
        phones: [maria.phone_number],
      });
      expect(await people()).toMatchObject([
        { phoneNumber: maria.phone_number, firstName: 'Maria', email: null, notes: maria.notes },
      ]);
      expect(await cars()).toMatchObject([civic]);
      expect(await leftRows()).toBe(0);
      expect((await execute('select id from customer_imports')).rows).toEqual([]);
    });

    test('of more customers than one transaction takes are written in slices, each customer once', async () => {
      const all = Array.from({ length: 250 }, (_, n) => numbered(n));
      const id = await imports.begin();
      await imports.put(id, 0, JSON.stringify(all.slice(0, 150)));
      await imports.put(id, 150, JSON.stringify(all.slice(150)));
      await imports.put(id, 150, JSON.stringify(all.slice(150)));
      await imports.accept(id);
      const sizes: number[] = [];
      for (let slice = await imports.write(id); slice; slice = await imports.write(id))
        sizes.push(slice.created);
      expect(sizes).toEqual([100, 100, 50]);
      expect((await people()).map(({ lastName }) => lastName)).toEqual(all.map(({ last_name }) => last_name));
      expect(await cars()).toHaveLength(250);
    });

    test('fill what is empty of a customer who is there, and overwrite nothing', async () => {
      const repository = new CustomerRepository({ database: store.database, timezone: () => 'UTC' });
      const { phone_number } = maria;
      await repository.create({ phone_number, first_name: 'Mary', last_name: 'A.', email: null });
      const counts = await take({ ...maria, email: 'maria@example.com' });
      expect(counts).toMatchObject({ created: 0, joined: 1, vehicles: 1 });
      expect(await people()).toMatchObject([
        { firstName: 'Mary', lastName: 'A.', email: 'maria@example.com', notes: maria.notes },
      ]);
      await take({ ...maria, email: 'other@example.com', notes: 'other' });
      expect(await people()).toMatchObject([{ email: 'maria@example.com', notes: maria.notes }]);
    });

    test('taken twice change nothing the second time', async () => {
      const [ada, grace] = [numbered(1), { ...numbered(2), vehicles: [] }];
      await take(ada, grace);
      const before = [await people(), await cars()];
      expect(await take(ada, grace)).toMatchObject({ created: 0, joined: 2, vehicles: 0 });
      expect([await people(), await cars()]).toEqual(before);
    });

    test('fill what is empty of a vehicle that is the same', async () => {
      await take(maria);
      const known = { ...civic, make: 'HONDA', year: null, vin: '2HGFC2F59KH500042', plate: 'ABC 123' };
      const other = { ...civic, vin: '2HGFC2F59KH500043' };
      expect(await take({ ...maria, vehicles: [known, other] })).toMatchObject({ vehicles: 1 });
      expect(await cars()).toMatchObject([
        { ...civic, vin: known.vin, plate: known.plate },
        { ...other, plate: null },
      ]);
    });

    describe('of a customer who has two vehicles of one make, model and year', () => {
      const vin = (n: number) => `2HGFC2F59KH50004${n}`;
      const [first, second] = [
        { ...civic, vin: vin(2), plate: 'ABC 123' },
        { ...civic, vin: vin(3), plate: null },
      ];
      const owning = async (...owned: StoredImportVehicle[]) => {
        await take({ ...maria, vehicles: [] });
        const [customer] = await people();
        const customerId = customer?.id ?? 0;
        const rows = owned.map((each) => ({ ...each, customerId }));
        await store.database.run((sql) => sql.insert(vehicles).values(rows));
      };

      test.each([true, false])('leave the one alone that they say nothing of', async (isFirst) => {
        const owned = isFirst ? [first, civic] : [civic, first];
        await owning(...owned);
        expect(await take({ ...maria, vehicles: [first] })).toMatchObject({ vehicles: 0 });
        expect(await cars()).toMatchObject(owned);
      });

      test('give each what is its own, whichever comes first', async () => {
        for (const listed of [
          [first, second],
          [second, first],
        ]) {
          await emptyTables(store.database);
          await owning(first, civic);
          expect(await take({ ...maria, vehicles: listed })).toMatchObject({ vehicles: 0 });
          expect(await cars()).toMatchObject([first, second]);
        }
      });

      test('fill both when nothing is known of either, and one when one is listed', async () => {
        await owning(civic, civic);
        expect(await take({ ...maria, vehicles: [first] })).toMatchObject({ vehicles: 0 });
        expect(await cars()).toMatchObject([first, civic]);
        await emptyTables(store.database);
        await owning(civic, civic);
        for (const _ of ['filled', 'known']) {
          expect(await take({ ...maria, vehicles: [first, second] })).toMatchObject({ vehicles: 0 });
          expect(await cars()).toMatchObject([first, second]);
        }
      });
    });

    test('are the same vehicles in the database as in a file', async () => {
      await fc.assert(
        fc.asyncProperty(vehicle, vehicle, async (one, other) => {
          await emptyTables(store.database);
          await take({ ...maria, vehicles: [one] });
          const again = { ...maria, vehicles: [other] };
          const would = await imports.preview(JSON.stringify([again]));
          const { vehicles: added } = await take(again);
          expect(added).toBe(isSameVehicle(one, other) ? 0 : 1);
          expect(would).toEqual({ joined: 1, vehicles: added });
        }),
        { numRuns: runs(60) },
      );
    });

    test('make of a shop what a plain model makes of it, customer by customer', async () => {
      await fc.assert(
        fc.asyncProperty(fileOfCustomers, fileOfCustomers, async (first, second) => {
          const nobody: ModelShop = new Map();
          const before = imported(nobody, first);
          const after = before && imported(before, second);
          fc.pre(before !== null && after !== null);
          await emptyTables(store.database);
          expect(await take(...first)).toMatchObject(counted(nobody, before, first.length));
          expect(await shop()).toEqual(before);
          expect(await take(...second)).toMatchObject(counted(before, after, second.length));
          expect(await shop()).toEqual(after);
        }),
        { numRuns: runs(200) },
      );
    });

    test('tell beforehand what would be done, and change nothing', async () => {
      await take(maria);
      const file = [{ ...maria, vehicles: [civic, { ...civic, model: 'Fit' }] }, numbered(1)];
      expect(await imports.preview(JSON.stringify(file))).toEqual({ joined: 1, vehicles: 2 });
      expect(await people()).toHaveLength(1);
      expect(await leftRows()).toBe(0);
    });

    test('that nobody works at any more are found, and those that were never accepted go', async () => {
      const fresh = await accepted(numbered(1));
      const left = await accepted(numbered(2));
      const half = await imports.begin();
      await imports.put(half, 0, JSON.stringify([numbered(3)]));
      expect(await imports.orphans()).toEqual([]);
      await execute(
        `update customer_imports set changed_at = now() - interval '11 minutes' where id <> ${fresh}`,
      );
      expect(await imports.orphans()).toEqual([left]);
      expect((await execute('select id from customer_imports order by id')).rows).toEqual([
        { id: fresh },
        { id: left },
      ]);
    });

    test('wait for an erasure under way, put down or written, and bring nobody back', async () => {
      await take(maria);
      const [{ id: customerId = 0 } = {}] = await people();
      const [id, next] = [await accepted(maria), await imports.begin()];
      let commit = () => {};
      let erasure = Promise.resolve();
      await new Promise<void>((begun) => {
        erasure = store.database.transaction(async (sql) => {
          await lockErasures(sql);
          await erasePerson(sql, customerId, [maria.phone_number], new Date());
          begun();
          await new Promise<void>((settle) => {
            commit = settle;
          });
        });
      });
      const work = Promise.allSettled([
        imports.write(id),
        imports.put(next, 0, JSON.stringify([numbered(1)])),
      ]);
      // PGlite has one session: there they wait for that.
      if (!store.database.embedded) await expect.poll(waiting, { interval: 10 }).toBe(2);
      commit();
      await erasure;
      await work;
      while ((await imports.write(id)) !== null);
      expect(await people()).toEqual([]);
    });

    test('written by two at once are written once', async () => {
      const all = Array.from({ length: 250 }, (_, n) => numbered(n));
      const id = await accepted(...all);
      const work = async () => {
        let created = 0;
        for (let slice = await imports.write(id); slice; slice = await imports.write(id))
          created += slice.created;
        return created;
      };
      const [one, other] = await Promise.all([work(), work()]);
      expect(one + other).toBe(250);
      expect(await cars()).toHaveLength(250);
    });
  });
}
