import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readingsOf } from '../../src/twilio/spoken-readings.js';
import { runs } from '../support/property-runs.js';

describe('the ways to read a word aloud', () => {
  it.each([
    ['Monday,', ['Monday']],
    ['"sorry,"', ['sorry']],
    ['A', ['A']],
    ['9:00', ['nine', "nine o'clock"]],
    ['10:30.', ['ten thirty']],
    ['2:05', ['two oh five']],
    ['30,', ['thirty']],
    ['05', ['zero five']],
    ['90,000', ['ninety thousand']],
    ['1,234,567', ['one million two hundred thirty four thousand five hundred sixty seven']],
    ['1250', ['twelve fifty', 'one thousand two hundred fifty', 'one two five zero']],
    ['1900', ['nineteen hundred', 'one thousand nine hundred', 'one nine zero zero']],
    ['F-150', ['ef one five zero', 'ef one hundred fifty', 'ef one fifty']],
    ['48213.', ['four eight two one three', 'forty eight thousand two hundred thirteen']],
    ['1234567890', ['one two three four five six seven eight nine zero']],
    ['16th', ['sixteenth']],
    ['22nd', ['twenty second']],
    ['20th', ['twentieth']],
    ['$45', ['forty five dollars']],
    ['a.m.', ['ay em']],
    ['VIN', ['vee ai en', 'VIN']],
    ['Mr.', ['mister']],
    ['—', ['']],
    // What every object of JavaScript has.
    ['constructor', ['constructor']],
  ])('"%s" is read as %j', (word, readings) => {
    expect(readingsOf(word)).toEqual(readings);
  });

  it('leave cents out, or their name, or the dollars', () => {
    expect(readingsOf('$249.99')).toEqual([
      'two hundred forty nine dollars and ninety nine cents',
      'two hundred forty nine dollars ninety nine cents',
      'two hundred forty nine dollars ninety nine',
      'two hundred forty nine ninety nine',
    ]);
  });

  it('of a telephone number are its digits first', () => {
    expect(readingsOf('555-0142.')[0]).toBe('five five five zero one four two');
  });

  it('are letters and spaces, whatever the word', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.stringMatching(/^[$+]?[\d,.:-]{0,25}(?:st|th|am)?$/),
    );
    fc.assert(
      fc.property(part, part, (one, other) => {
        const readings = readingsOf(one + other);
        expect(readings.length).toBeGreaterThan(0);
        for (const reading of readings) expect(reading).toMatch(/^[\p{L}' ]*$/u);
      }),
      { numRuns: runs(1000) },
    );
  });
});
