import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { speakable } from '../../src/speech/speakable.js';
import { runs } from '../support/property-runs.js';

describe('a text made speakable', () => {
  it.each([
    ['To confirm, press 1.', 'To confirm, press 1.'],
    ['at 9:30 a.m. for $49.99', 'at 9:30 a.m. for $49.99'],
    ['Tires & brakes', 'Tires and brakes'],
    ['Tires &amp; brakes', 'Tires and brakes'],
    ['Press * or #.', 'Press star or pound.'],
    ['It’s José’s', "It's Jose's"],
    ['one – two', 'one, two'],
    ['Mon-Fri 8-5', 'Monday to Friday 8 to 5'],
    ['Monday–Friday', 'Monday to Friday'],
    ['Tues. Nov. 24', 'Tuesday November 24'],
    ['The sun sat. Sat. 9-12', 'The sun sat. Saturday 9 to 12'],
    ['open 08:00-17:30', 'open 08:00 to 5:30 p.m.'],
    ['12 Main St., Ste. 4', '12 Main St., Suite 4'],
    ['the SUVs and the VIN', "the S U V's and the V I N"],
    ['VIN 1HGCM82633A004352', 'V I N 1 H G C, M 8 2 6, 3 3 ay 0, 0 4 3 5, 2'],
    ['A/C or brakes', 'ay C or brakes'],
    ['No. 5 and #6', 'number 5 and number 6'],
    ['it isn’t open', 'it is not open'],
    ['Call (555) 010-0123.', 'Call 5 5 5, 0 1 0, 0 1 2 3.'],
    ['Call +1 555 010 0123 now', 'Call 1, 5 5 5, 0 1 0, 0 1 2 3, now'],
    ['<break time="9s"/>Press <b>two</b>', 'Press two'],
    ['x < y', 'x y'],
    ['2019 Honda Civic, 1/2 off', '2019 Honda Civic, a half off'],
  ])('%s becomes %s', (text, said) => {
    expect(speakable(text)).toBe(said);
  });

  it.each(['', '  ', '...', '…', '🚗', '<b></b>', '\u0000'])('leaves nothing of %j', (text) => {
    expect(speakable(text)).toBe('');
  });

  it('is printable ASCII with no tag, no endless word and no growth without bound, whatever comes in', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ maxLength: 400 })),
        (text) => {
          const said = speakable(text);
          expect(said).toMatch(/^[\x20-\x7e]*$/);
          expect(said).not.toMatch(/[<>&*#@_\\]/);
          expect(said).not.toMatch(/\S{31}/);
          expect(said.length).toBeLessThan(16 * text.length + 32);
        },
      ),
      { numRuns: runs(500) },
    );
  });

  it.each([
    '<'.repeat(400),
    '<a'.repeat(200),
    '+1 '.repeat(133),
    '5-'.repeat(200),
    'Mon-'.repeat(100),
    '1'.repeat(400),
  ])('comes to an end with %s', (hard) => {
    expect(speakable(hard).length).toBeLessThan(16 * hard.length);
  });
});
