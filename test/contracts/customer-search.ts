import { sql as statement } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CustomerRepository } from '../../src/customers/customer-repository.js';
import { folded, foldedSql } from '../../src/database/folded-text.js';
import { runs } from '../support/property-runs.js';
import type { DatabaseKind, TestDatabase } from '../support/test-database.js';

const PEOPLE = {
  maria: ['+15125550123', 'María', 'Alvarez', { vin: '4T1B11HK5KU200123', plate: 'ABC-1234' }],
  james: ['+15125550124', 'James', "O'Brien", { vin: null, plate: 'b 12 xyz' }],
  anna: ['+491701234567', 'Anna-Lena', 'Müßig', { vin: null, plate: 'M-ÜL 77' }],
  percent: ['+15125550177', '100%', 'Under_score', { vin: null, plate: null }],
  olga: ['+15125550178', 'Ольга', 'Иванова', { vin: null, plate: 'А123ВС' }],
} as const;
type Name = keyof typeof PEOPLE;

/** What a search for customers must find in every kind of database. */
export function customerSearchContract({ name, create }: DatabaseKind): void {
  describe(`a search for customers in ${name}`, () => {
    let store: TestDatabase;
    let repository: CustomerRepository;
    const ids = new Map<number, Name>();
    beforeAll(async () => {
      store = await create();
      const { database } = store;
      repository = new CustomerRepository({ database, timezone: () => 'America/Chicago' });
      for (const name of Object.keys(PEOPLE) as Name[]) {
        const [phone_number, first_name, last_name, marks] = PEOPLE[name];
        const { id } = await repository.create({ phone_number, first_name, last_name });
        await repository.addVehicle(id, { make: 'Kia', model: 'Rio', ...marks });
        ids.set(id, name);
      }
    });
    afterAll(() => store.drop());
    const found = async (q: string, page = {}) =>
      (await repository.list({ limit: 10, q, ...page })).map(({ id }) => ids.get(id)).reverse();

    test.each<[string, Name[]]>([
      ['maria', ['maria']],
      ['MARÍA', ['maria']],
      ['alv', ['maria']],
      ['varez', ['maria']],
      ['alvarez maria', ['maria']],
      ['mar alv', ['maria']],
      ['  maria   alvarez ', ['maria']],
      ['obrien', ['james']],
      ['O’Brien', ['james']],
      ['mussig', ['anna']],
      ['MÜSSIG', ['anna']],
      ['anna lena', ['anna']],
      ['lena-anna', ['anna']],
      ['иванова', ['olga']],
      ['ОЛЬГА', ['olga']],
    ])('by name: %s', async (q, names) => {
      expect(await found(q)).toEqual(names);
    });

    test.each<[string, Name[]]>([
      ['(512) 555-0123', ['maria']],
      ['5550124', ['james']],
      ['+49 170', ['anna']],
      ['0170 1234567', ['anna']],
      ['512', ['maria', 'james', 'percent', 'olga']],
      ['maria 0123', ['maria']],
      ['maria 0124', []],
      ['555 01', ['maria', 'james', 'percent', 'olga']],
    ])('by number: %s', async (q, names) => {
      expect(await found(q)).toEqual(names);
    });

    test.each<[string, Name[]]>([
      ['4t1b11hk5ku200123', ['maria']],
      ['KU2001', ['maria']],
      ['abc1234', ['maria']],
      ['abc 12', ['maria']],
      ['B12XYZ', ['james']],
      ['m ul 77', ['anna']],
      ['123ab', []],
    ])('by VIN or plate: %s', async (q, names) => {
      expect(await found(q)).toEqual(names);
    });

    test.each<[string, Name[]]>([
      ['%', ['percent']],
      ['_', ['percent']],
      ['100%', ['percent']],
      ['mar%', []],
      ['\\', []],
      ["'", []],
      ['-', []],
      ["'; drop table customers; --", []],
    ])('takes characters as they are: %s', async (q, names) => {
      expect(await found(q)).toEqual(names);
    });

    test('is none when it is blank, and is paged', async () => {
      expect(await found(' ')).toHaveLength(5);
      const [last, before] = await repository.list({ limit: 2, q: '512' });
      expect([last, before].map((each) => each && ids.get(each.id))).toEqual(['olga', 'percent']);
      expect(await found('512', { before: before?.id })).toEqual(['maria', 'james']);
      expect(await found('maria', { phone: '+15125550124' })).toEqual([]);
    });

    test('folds texts in the database as it folds what is searched for', async () => {
      const letter = fc.oneof(
        fc.string({ minLength: 1, maxLength: 1 }),
        fc.integer({ min: 0x20, max: 0x24f }).map((code) => String.fromCharCode(code)),
        fc.integer({ min: 0x370, max: 0x45f }).map((code) => String.fromCharCode(code)),
        fc.constantFrom('ẞ', 'ấ', 'Ợ', 'ß', "'", '\\', '‑'),
      );
      const any = fc.array(letter, { maxLength: 20 }).map((letters) => letters.join('').normalize('NFC'));
      const text = fc.oneof(any, fc.string({ unit: 'binary-ascii', maxLength: 20 }));
      await fc.assert(
        fc.asyncProperty(text, async (written) => {
          // Letters of which neither database nor program say the same in small.
          fc.pre(!/[\0İ\u0370-\u0385\u03cf-\u03ff\u0130]/u.test(written));
          const expression = foldedSql('given');
          const { rows } = await store.database.run((sql) =>
            sql.execute(statement`select ${expression} as made from (select ${written}::text as given) t`),
          );
          expect(rows[0]?.made).toBe(folded(written));
        }),
        { numRuns: runs(300) },
      );
    });
  });
}
