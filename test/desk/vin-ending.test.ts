import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endsOneOf } from '../../src/desk/vin-ending.js';

const digits = fc.integer({ min: 0, max: 9999 }).map((number) => String(number).padStart(4, '0'));

describe('the end of a VIN', () => {
  test('fits when it is one of these, whichever', () => {
    const vins = ['4T1B11HK5KU200123', '2HGFC2F59HH504567'];
    expect(endsOneOf(vins, '0123')).toBe(true);
    expect(endsOneOf(vins, '4567')).toBe(true);
    expect(endsOneOf(vins, '4568')).toBe(false);
    expect(endsOneOf(['4T1B11HK5KU200123 '], '0123')).toBe(true);
  });

  test('fits nothing where there is no VIN, or one that ends in a letter or is too short', () => {
    expect(endsOneOf([], '0000')).toBe(false);
    expect(endsOneOf(['1HGCM82633A00435X', '123', ''], '0435')).toBe(false);
  });

  test('is not fitted by anything but four digits, whatever is on file', () => {
    const texts = fc.oneof(fc.string(), fc.constantFrom('----', '', '123', '12345', '１２３４', '0123 '));
    const property = fc.property(fc.array(texts), texts, (vins, keyed) => {
      if (!/^[0-9]{4}$/.test(keyed)) expect(endsOneOf([...vins, keyed], keyed)).toBe(false);
    });
    fc.assert(property);
  });

  test('is found among any number of vehicles', () => {
    const property = fc.property(fc.array(digits, { maxLength: 40 }), digits, (endings, keyed) => {
      expect(
        endsOneOf(
          endings.map((ending) => `VIN${ending}`),
          keyed,
        ),
      ).toBe(endings.includes(keyed));
    });
    fc.assert(property);
  });
});
