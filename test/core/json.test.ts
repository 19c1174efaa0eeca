import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonProblem } from '../../src/core/json.js';
import { HOSTILE_VALUES } from '../support/not-json.js';
import { runs } from '../support/property-runs.js';

describe('What JSON cannot hold', () => {
  it.each(HOSTILE_VALUES)('is told of %s, wherever it stands', (_name, make, told) => {
    expect(jsonProblem({ at: make() })).toMatch(told);
    expect(jsonProblem({ list: [1, { deep: make() }] })).toMatch(told);
    expect(jsonProblem([[make()]])).toMatch(told);
  });

  it('is told with its place', () => {
    expect(jsonProblem({ vehicles: [{ id: 1 }, { bought: new Date(0) }] })).toBe(
      'vehicles[1].bought is a Date, not a plain object',
    );
    expect(jsonProblem(new Map())).toBe('it is a Map, not a plain object');
  });

  it('is not what JSON.parse gives, whatever that is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(jsonProblem(JSON.parse(text))).toBeNull();
      }),
    );
  });

  it('is nothing that is read back as it was', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }),
        (value) => {
          if (jsonProblem(value) !== null) return;
          expect(JSON.parse(JSON.stringify(value))).toEqual(withoutMinusZero(value));
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it('is no object of another realm, without a prototype, or with names that are also methods', () => {
    const foreign: unknown = runInContext('({ a: [1, { b: null }] })', createContext());
    const bare: unknown = Object.assign(Object.create(null), { a: 1 });
    const named: unknown = JSON.parse('{"__proto__":{"a":1},"constructor":1,"hasOwnProperty":null}');
    for (const value of [foreign, bare, named, { a: undefined }, 'half a character: \ud800', -0]) {
      expect(jsonProblem(value)).toBeNull();
    }
  });
});

// JSON writes it as 0, which no reader can tell from it.
function withoutMinusZero(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(withoutMinusZero);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, withoutMinusZero(of)]));
}
