import { readFileSync } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSameVehicle, MOST_ROWS, readCustomerFile } from '../../../src/customers/import/customer-file.js';
import { CustomerBody, VehicleBody } from '../../../src/server/routes/customers.js';
import { runs } from '../../support/property-runs.js';

const NOW = new Date('2026-03-02T15:00:00Z');
const read = (text: string) => readCustomerFile(Buffer.from(text), NOW);
const fixture = (name: string) => readCustomerFile(readFileSync(`fixtures/customers/${name}`), NOW);
/** The first customer of a file with these cells under these headers. */
const one = (headers: string, cells: string) => read(`${headers}\n${cells}\n`).customers[0];
const faultsOf = (headers: string, cells: string) =>
  read(`${headers}\n${cells}\n`).report.faults.map(({ field, reason }) => `${field} ${reason}`);

describe('files as they come', () => {
  test('from Excel: a byte order mark, quotes, several vehicles of a number, blank rows', () => {
    const { report, customers } = fixture('excel-us.csv');
    expect(report).toMatchObject({ problem: null, rows: 4, blank: 1, refused: 0 });
    expect(customers).toEqual([
      {
        phone_number: '+15125550142',
        first_name: 'Maria',
        last_name: 'Alvarez',
        email: 'maria@example.com',
        notes: 'Prefers mornings, calls back late',
        vehicles: [
          { make: 'Honda', model: 'Civic', year: 2019, vin: '2HGFC2F59KH500042', plate: 'ABC 1234' },
          { make: 'Toyota', model: 'Tacoma', year: 2011, vin: null, plate: 'XYZ-987' },
        ],
      },
      {
        phone_number: '+15125550143',
        first_name: 'James',
        last_name: 'Okafor',
        email: null,
        notes: null,
        vehicles: [{ make: 'Ford', model: 'F-150', year: 2016, vin: '1FTEW1EP0GFA00178', plate: null }],
      },
      {
        phone_number: '+15125550144',
        first_name: 'Robert',
        last_name: 'Downing Jr.',
        email: null,
        notes: 'Two lines:\r\nbrakes last year',
        vehicles: [{ make: 'Subaru', model: 'Outback', year: 2018, vin: null, plate: null }],
      },
    ]);
  });

  test('with semicolons, in Windows-1252, with German headers', () => {
    expect(fixture('semicolon-windows-1252.csv').customers).toMatchObject([
      {
        phone_number: '+491701234567',
        first_name: 'Jürgen',
        last_name: 'Größer',
        notes: '50 € Guthaben',
        vehicles: [{ make: 'Volkswagen', model: 'Golf', plate: 'M-XY 123' }],
      },
      { phone_number: '+33612345678', first_name: 'Anaïs', vehicles: [{ make: 'Citroën', model: 'C3' }] },
    ]);
  });

  test('with tabs, in UTF-16', () => {
    expect(fixture('tabs-utf-16.txt').customers).toMatchObject([
      { first_name: 'Ana', last_name: 'Nuñez', vehicles: [{ make: 'Nissan', model: 'Sentra', year: 2014 }] },
    ]);
  });

  test('with wrong rows: each is named with its line, its fields and why, and nothing is taken', () => {
    const { report, customers } = fixture('bad-rows.csv');
    expect(customers).toEqual([]);
    expect(report).toMatchObject({ rows: 6, refused: 4, problem: expect.stringContaining('4 of 6 rows') });
    expect(report.faults.map(({ line, field }) => `${line} ${field}`)).toEqual([
      '3 phone_number',
      '4 phone_number',
      '5 first_name',
      '6 email',
      '6 year',
      '6 model',
      '6 vin',
    ]);
    expect(report.faults[0]?.reason).toContain('shortened by a spreadsheet');
  });

  test.each([
    ['', 'The file is empty'],
    ['\n\n', 'The file is empty'],
    ['Name,Phone\n', 'no customers below it'],
    ['Name,Age\nAda,3\n', 'phone numbers: call it "Phone"'],
    ['Phone,Age\n5125550100,3\n', 'names: call it "Name"'],
    ['Name,Phone\n"Ada,5125550100\n', 'never closed'],
  ])('%j is refused as a whole', (text, sentence) => {
    expect(read(text)).toMatchObject({
      customers: [],
      report: { problem: expect.stringContaining(sentence) },
    });
  });

  test('with too many rows are refused as a whole', () => {
    const rows = '512 555 0100,Ada\n'.repeat(MOST_ROWS + 1);
    expect(read(`phone,name\n${rows}`).report.problem).toContain(`more than ${MOST_ROWS} rows`);
  });
});

describe('names', () => {
  test.each([
    ['Maria Alvarez', 'Maria', 'Alvarez'],
    ['Maria  de la Cruz', 'Maria de la', 'Cruz'],
    ['"Alvarez, Maria"', 'Maria', 'Alvarez'],
    ['"Plumbing Masters, Inc."', 'Plumbing', 'Masters, Inc.'],
    ['Bob', 'Bob', ''],
    ['Robert Downing Jr.', 'Robert', 'Downing Jr.'],
  ])('%s', (name, first_name, last_name) => {
    expect(one('phone,name', `5125550100,${name}`)).toMatchObject({ first_name, last_name });
  });

  test('come from first and last where there are such columns, and a last one alone is the first', () => {
    expect(one('phone,name,first,last', '5125550100,Whoever,Ada,King')).toMatchObject({ last_name: 'King' });
    expect(one('phone,first,last', '5125550100,,King')).toMatchObject({ first_name: 'King', last_name: '' });
  });
});

describe('fields', () => {
  test('the number is the first that is one: the mobile before the others', () => {
    expect(one('name,home phone,cell', 'Ada,5125550101,ask her')?.phone_number).toBe('+15125550101');
    expect(one('name,phone', 'Ada,5125550101.0')?.phone_number).toBe('+15125550101');
    expect(one('name,phone', "Ada,'+15125550101")?.phone_number).toBe('+15125550101');
  });

  test.each([
    ['19', 2019],
    ["'08", 2008],
    ['98', 1998],
    ['2027', 2027],
    ['2016.0', 2016],
    ['n/a', null],
  ])('the year %s', (text, year) => {
    expect(one('phone,name,make,model,year', `5125550100,Ada,Kia,Rio,${text}`)?.vehicles[0]?.year).toBe(year);
  });

  test('a vehicle in one column is taken apart', () => {
    const vehicle = (text: string) => one('phone,name,vehicle', `5125550100,Ada,${text}`)?.vehicles[0];
    expect(vehicle('2019 Honda Civic LX')).toMatchObject({ make: 'Honda', model: 'Civic LX', year: 2019 });
    expect(vehicle('Land Rover 2004')).toMatchObject({ make: 'Land', model: 'Rover', year: 2004 });
    expect(vehicle('')).toBeUndefined();
  });

  test('what is wrong is said by the name of the field', () => {
    expect(faultsOf('phone,name,make,vin', '5125550100,Ada,Kia,123')).toEqual([
      'model is missing: a vehicle needs make and model',
      'vin must be 17 letters and digits, without I, O and Q',
    ]);
    expect(faultsOf('phone,name,email', `anonymous,${'x'.repeat(61)},ada`)).toEqual([
      'phone_number is no phone number; outside of the USA it needs + and the country code',
      'first_name must have at most 60 characters',
      'email is no e-mail address',
    ]);
  });

  test('rows of a number fill what is empty, overwrite nothing, and bring each vehicle once', () => {
    const file = [
      'phone,name,email,make,model,year,vin,plate',
      '5125550100,Ada King,,Kia,Rio,2019,,',
      '(512) 555-0100,Augusta Byron,ada@example.com,KIA,rio,,KNADE123456789012,',
      '+1 512 555 0100,Ada King,other@example.com,Kia,Rio,2019,KNADE123456789013,',
    ].join('\n');
    expect(read(file).customers).toMatchObject([
      {
        first_name: 'Ada',
        last_name: 'King',
        email: 'ada@example.com',
        vehicles: [
          { make: 'Kia', year: 2019, vin: 'KNADE123456789012' },
          { make: 'Kia', year: 2019, vin: 'KNADE123456789013' },
        ],
      },
    ]);
  });
});

const cell = fc.string({
  unit: fc.oneof(fc.constantFrom('"', ';', ',', '=', "'", ' '), fc.string({ minLength: 1, maxLength: 1 })),
  maxLength: 30,
});
const someVehicle = fc.record({
  make: fc.constantFrom('Kia', 'KIA', 'Ford'),
  model: fc.constantFrom('Rio', 'F-150'),
  year: fc.constantFrom(null, 2019, 2020),
  vin: fc.constantFrom(null, 'KNADE123456789012', 'KNADE123456789013'),
  plate: fc.constantFrom(null, 'ABC 123', 'ABC-123', 'XYZ'),
});

describe('every file', () => {
  test('whatever is in its cells, gives customers that the API would take, or says which rows it would not', () => {
    const rows = fc.array(
      fc.tuple(
        fc.constantFrom('512 555 0100', '5125550101', '+442079460000', 'x', ''),
        cell,
        cell,
        cell,
        cell,
        cell,
      ),
    );
    fc.assert(
      fc.property(rows, fc.constantFrom(',', ';', '\t', '|'), (cells, delimiter) => {
        const head = ['phone', 'name', 'notes', 'make', 'model', 'plate'];
        const { report, customers } = read(stringify([head, ...cells], { delimiter }));
        expect(report.rows + report.blank).toBe(cells.length);
        for (const { vehicles, last_name, ...rest } of customers) {
          const body = { ...rest, last_name: last_name || 'none' };
          expect(CustomerBody.safeParse(body)).toEqual({ success: true, data: body });
          for (const vehicle of vehicles)
            expect(VehicleBody.safeParse(vehicle)).toEqual({ success: true, data: vehicle });
        }
        const wrong = new Set(report.faults.map(({ line }) => line)).size;
        expect(wrong).toBe(report.refused);
      }),
      { numRuns: runs(500) },
    );
  });

  test('has the same vehicles in whatever order two of them are compared', () => {
    fc.assert(
      fc.property(someVehicle, someVehicle, (a, b) => {
        expect(isSameVehicle(a, b)).toBe(isSameVehicle(b, a));
        expect(isSameVehicle(a, a)).toBe(true);
      }),
      { numRuns: runs(300) },
    );
  });
});
