import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CsvRecord,
  decodeCsv,
  delimiterOf,
  readRecords,
} from '../../../src/customers/import/csv-records.js';
import { runs } from '../../support/property-runs.js';

function read(text: string): { records: CsvRecord[]; problem: string | null } {
  const records: CsvRecord[] = [];
  return { problem: readRecords(text, (record) => records.push(record)), records };
}

describe('decodeCsv', () => {
  const text = 'Größe;50 €;“naïve”';

  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 as Excel writes it', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 with the high byte first', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['Windows-1252', Buffer.from('Gr\xf6\xdfe;50 \x80;\x93na\xefve\x94', 'latin1')],
  ])('reads %s', (_, bytes) => {
    expect(decodeCsv(bytes)).toBe(text);
  });

  test('reads any bytes as some text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof decodeCsv(bytes) === 'string'),
      { numRuns: runs(500) },
    );
  });
});

describe('delimiterOf', () => {
  test.each([
    ['name,phone\n', ','],
    ['name;phone;notes, if any\n', ';'],
    ['name\tphone', '\t'],
    ['name|phone|year\r\n1,2,3,4,5', '|'],
    ['\n\n"a;b;c;d",phone', ','],
    ['phone', ','],
    ['', ','],
  ])('of %j', (text, delimiter) => {
    expect(delimiterOf(text)).toBe(delimiter);
  });
});

describe('readRecords', () => {
  test('gives the line on which each record begins, whatever ends its lines', () => {
    expect(read('a,b\r\n"1\n2",3\n\nx,y\r"z"').records).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 2, cells: ['1\n2', '3'] },
      { line: 4, cells: [''] },
      { line: 5, cells: ['x', 'y'] },
      { line: 6, cells: ['z'] },
    ]);
  });

  test("believes Excel's own line about the separator, and counts it", () => {
    expect(read('sep=;\r\na;b,c,d,e\r\n').records).toEqual([{ line: 2, cells: ['a', 'b,c,d,e'] }]);
  });

  test('names the record whose quotation mark is never closed', () => {
    const { problem } = read('a,b\n1,2\n3,"4\n5,6\n');
    expect(problem).toMatch(/line 3 .*never closed/);
  });

  test('takes quotation marks in the midst of a cell, and rows of any length', () => {
    expect(read('a,b\n5" wheels,x,y\nz').records.map(({ cells }) => cells)).toEqual([
      ['a', 'b'],
      ['5" wheels', 'x', 'y'],
      ['z'],
    ]);
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', ';', '\n', '\r', 'a', ' ', '\t') }), (text) => {
        const { problem } = read(text);
        expect(problem === null || problem.length > 0).toBe(true);
      }),
      { numRuns: runs(1000) },
    );
  });
});
