import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinJsonFields, setJsonFields, splitJsonFields } from '../../src/sessions/json-fields.js';
import { runs } from '../support/property-runs.js';

const text = fc.string({ unit: 'binary' });
const whitespace = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });

/** JSON text in every spelling of strings and numbers, with any whitespace; no object of it is ours. */
const { value } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar(), tie('array'), tie('object')),
  array: fc.tuple(fc.array(tie('value'), { maxLength: 4 }), whitespace).map(([values, gap]) => {
    return `[${gap}${values.join(`${gap},${gap}`)}${gap}]`;
  }),
  object: fc
    .tuple(fc.array(fc.tuple(jsonString(), tie('value')), { maxLength: 4 }), whitespace)
    .map(([members, gap]) => {
      return `{${gap}${members.map(([name, each]) => `${name}${gap}:${gap}${each}`).join(`${gap},${gap}`)}${gap}}`;
    }),
}));
const object = fc
  .tuple(fc.array(fc.tuple(jsonString(), value), { maxLength: 8 }), whitespace)
  .map(([members, gap]) => ({
    members,
    text: `${gap}{${gap}${members.map(([name, each]) => `${name}${gap}:${gap}${each}${gap}`).join(`,${gap}`)}}${gap}`,
  }));

function scalar(): fc.Arbitrary<string> {
  const number = fc.constantFrom(
    '-0',
    '1e5',
    '0.10',
    '9007199254740993',
    '123456789012345678901234567890',
    '-1.5E-7',
  );
  return fc.oneof(jsonString(), number, fc.constantFrom('true', 'false', 'null'));
}

function jsonString(): fc.Arbitrary<string> {
  const escaped = fc.constantFrom(
    '\\"',
    '\\\\',
    '\\/',
    '\\n',
    '\\u00e9',
    '\\uD834\\uDD1E',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
  );
  const piece = fc.oneof(
    escaped,
    text.map((each) => JSON.stringify(each).slice(1, -1)),
  );
  return fc.array(piece, { maxLength: 5 }).map((pieces) => `"${pieces.join('')}"`);
}

describe('The fields of a JSON text', () => {
  it('are those that JSON.parse finds, each value to the letter', () => {
    fc.assert(
      fc.property(object, ({ members, text }) => {
        const expected = new Map(members.map(([name, each]) => [String(JSON.parse(name)), each]));
        const fields = splitJsonFields(text);
        expect([...fields.keys()].sort()).toEqual([...expected.keys()].sort());
        for (const [name, member] of fields) expect(member.endsWith(`:${expected.get(name)}`)).toBe(true);
        expect(JSON.parse(joinJsonFields(fields))).toEqual(JSON.parse(text));
      }),
      { numRuns: runs(250) },
    );
  });

  it('keep their order and their letters when others are replaced', () => {
    fc.assert(
      fc.property(object, text, fc.jsonValue(), ({ text }, name, replacement) => {
        const before = splitJsonFields(text);
        const after = splitJsonFields(text);
        setJsonFields(after, { [name]: replacement });
        const again = splitJsonFields(joinJsonFields(after));
        expect([...again]).toEqual([...after]);
        for (const [other, member] of before) if (other !== name) expect(again.get(other)).toBe(member);
        expect([...again.keys()].slice(0, before.size)).toEqual([...before.keys()]);
      }),
      { numRuns: runs(150) },
    );
  });

  it('survive what a decoder would change', () => {
    const stored =
      '{"a":[],"b":{},"c":9007199254740993,"d":1.10,"e":"\\u0041\\/","f":null,"__proto__":{"x":1}}';
    const fields = splitJsonFields(stored);
    setJsonFields(fields, { z: 1 });
    expect(joinJsonFields(fields)).toBe(`${stored.slice(0, -1)},"z":1}`);
  });

  it('leave out what is undefined, and print the rest as JSON.stringify does', () => {
    const fields = new Map<string, string>();
    setJsonFields(fields, {
      a: undefined,
      b: 'é"\n\ud800',
      c: { d: undefined },
      'e"': [undefined, () => 0],
    });
    expect(joinJsonFields(fields)).toBe('{"b":"é\\"\\n\\ud800","c":{},"e\\"":[null,null]}');
  });

  it('fail clearly for any text that is not a JSON object', () => {
    for (const text of [
      '',
      ' ',
      'null',
      '[]',
      '"{}"',
      '7',
      '{',
      '{}x',
      '{"a":1,}',
      "{'a':1}",
      '{"a":1 "b":2}',
      '{"a":"\n"}',
    ]) {
      expect(() => splitJsonFields(text), text).toThrow(expect.objectContaining({ code: 'BAD_MESSAGE' }));
    }
    fc.assert(
      fc.property(object, fc.nat(), fc.nat(3), ({ text }, at, cut) => {
        const broken = text.slice(0, at % text.length) + text.slice((at % text.length) + cut);
        const outcome = attempt(() => splitJsonFields(broken).size);
        expect(outcome).toBe(attempt(() => Object.keys(plainObject(JSON.parse(broken))).length));
      }),
    );
  });
});

function attempt(work: () => number): number | 'failed' {
  try {
    return work();
  } catch {
    return 'failed';
  }
}

function plainObject(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
  return value;
}
