import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsOf, type ImportField } from '../../../src/customers/import/csv-columns.js';
import { runs } from '../../support/property-runs.js';

const fieldOf = (header: string) => columnsOf([header]).headers[0]?.field ?? null;

const KNOWN: readonly (readonly [header: string, field: ImportField])[] = [
  ['Phone', 'phone_number'],
  ['phone_number', 'phone_number'],
  ['Cell Phone', 'phone_number'],
  ['Mobile #', 'phone_number'],
  ['Tel.', 'phone_number'],
  ['Customer Phone Number', 'phone_number'],
  ['Work Phone 2', 'phone_number'],
  ['Telefonnummer', 'phone_number'],
  ['Handy', 'phone_number'],
  ['Teléfono móvil', 'phone_number'],
  ['Name', 'name'],
  ['Customer', 'name'],
  ['Full Name', 'name'],
  ['Company Name', 'name'],
  ['First', 'first_name'],
  ['givenName', 'first_name'],
  ['Vorname', 'first_name'],
  ['Surname', 'last_name'],
  ['family_name', 'last_name'],
  ['Apellidos', 'last_name'],
  ['E-mail address', 'email'],
  ['EMAIL', 'email'],
  ['Correo electrónico', 'email'],
  ['Vehicle Make', 'make'],
  ['Manufacturer', 'make'],
  ['Marke', 'make'],
  ['Car model', 'model'],
  ['Modell', 'model'],
  ['Model Year', 'year'],
  ['Año', 'year'],
  ['Baujahr', 'year'],
  ['VIN', 'vin'],
  ['Vin No.', 'vin'],
  ['Fahrgestellnummer', 'vin'],
  ['License Plate', 'plate'],
  ['Licence plate number', 'plate'],
  ['Registration', 'plate'],
  ['Reg. No', 'plate'],
  ['Tag', 'plate'],
  ['Kennzeichen', 'plate'],
  ['Matrícula', 'plate'],
  ['Notes', 'notes'],
  ['Comments', 'notes'],
  ['Bemerkungen', 'notes'],
  ['Vehicle', 'vehicle'],
  ['Year/Make/Model', 'vehicle'],
];

describe('columnsOf', () => {
  test.each(KNOWN)('knows %s as %s', (header, field) => {
    expect(fieldOf(header)).toBe(field);
  });

  test.each([
    'Customer ID',
    'Balance',
    'Address',
    'Home Address',
    'Fax',
    'Last Visit',
    'City',
    '',
    'Since',
    'Model code x',
  ])('leaves %j alone', (header) => {
    expect(fieldOf(header)).toBeNull();
  });

  test('knows a header in any case, with any separators and around any spaces', () => {
    const written = fc.tuple(
      fc.constantFrom(...KNOWN.filter(([header]) => !/[a-z][A-Z]/.test(header))),
      fc.constantFrom(' ', '_', '-', '.', '  '),
      fc.boolean(),
      fc.constantFrom('', ' ', '\t'),
    );
    fc.assert(
      fc.property(written, ([[header, field], separator, isUpper, around]) => {
        const text = header.replaceAll(' ', separator);
        expect(fieldOf(`${around}${isUpper ? text.toUpperCase() : text}${around}`)).toBe(field);
      }),
      { numRuns: runs(500) },
    );
  });

  test('never throws, and never takes one column for two things', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom(...KNOWN.map(([header]) => header)))),
        (headers) => {
          const { phones, cells } = columnsOf(headers);
          const used = [...phones, ...cells.values()];
          expect(new Set(used).size).toBe(used.length);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('looks for the number to call in the mobile before the others', () => {
    expect(columnsOf(['Work Phone', 'Phone', 'Name', 'Mobile']).phones).toEqual([3, 1, 0]);
  });

  test('tells a Nombre beside Apellidos and a Name beside Vorname from whole names', () => {
    const fields = (...headers: string[]) => columnsOf(headers).headers.map(({ field }) => field);
    expect(fields('Nombre', 'Apellidos')).toEqual(['first_name', 'last_name']);
    expect(fields('Nombre', 'Teléfono')).toEqual(['name', 'phone_number']);
    expect(fields('Name', 'Vorname')).toEqual(['last_name', 'first_name']);
    expect(fields('Name', 'First', 'Last')).toEqual(['name', 'first_name', 'last_name']);
  });

  test('of two columns alike the first counts', () => {
    const { cells, headers } = columnsOf(['Notes', 'Comments']);
    expect(cells.get('notes')).toBe(0);
    expect(headers[1]).toEqual({ header: 'Comments', field: null });
  });
});
