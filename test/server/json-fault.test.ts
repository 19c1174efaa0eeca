import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonFault } from '../../src/server/json-fault.js';
import { runs } from '../support/property-runs.js';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['{"a": x}', 1, 7, false],
  ["{'a': 1}", 1, 2, false],
  ['{\n  "a": 1,\n}', 3, 1, false],
  ['{"a": 1 "b": 2}', 1, 9, false],
  ['{"a" 1}', 1, 6, false],
  ['[1, 2', 1, 6, true],
  ['{"a": "b', 1, 7, false],
  ['', 1, 1, true],
  ['  ', 1, 3, true],
  ['{} {}', 1, 4, false],
  ['[01]', 1, 3, false],
  ['{"a": undefined}', 1, 7, false],
  ['{"a": "line\nbreak"}', 1, 7, false],
  ['{"a": "\\x"}', 1, 7, false],
  ['phone_number=%2B1', 1, 1, false],
  ['[1}', 1, 3, false],
  ['{]', 1, 2, false],
  ['[,1]', 1, 2, false],
])('%j stops being JSON in line %i, column %i', (text, line, column, isEnd) => {
  expect(jsonFault(text)).toEqual({ line, column, isEnd });
});

test('a fault is found exactly where JSON.parse finds one', () => {
  const piece = fc.constantFrom(
    ...'{}[],:"\\ \n\t01-+.eEau'.split(''),
    '"a"',
    'true',
    'null',
    '\\u00',
    '\u0001',
    '\u{1f600}',
  );
  const noise = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const cut = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', 'x', ' '))
    .map(([text, at, put]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put + text.slice(place + 1);
    });
  fc.assert(
    fc.property(fc.oneof(fc.json(), noise, cut), (text) => {
      expect(jsonFault(text) === null).toBe(isJson(text));
    }),
    { numRuns: runs(3000) },
  );
});
