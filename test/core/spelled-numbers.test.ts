import { describe, expect, it } from 'vitest';
import { cardinal, ordinal } from '../../src/core/spelled-numbers.js';

describe('spoken numbers', () => {
  it('names numbers and places', () => {
    expect([0, 7, 12, 20, 31, 99].map(cardinal)).toEqual([
      'zero',
      'seven',
      'twelve',
      'twenty',
      'thirty-one',
      'ninety-nine',
    ]);
    expect([1, 2, 3, 5, 8, 9, 12, 20, 21, 30].map(ordinal).join(' ')).toBe(
      'first second third fifth eighth ninth twelfth twentieth twenty-first thirtieth',
    );
  });

  it.each([-1, 100, 1.5, Number.NaN])('has no words for %d', (number) => {
    expect(() => cardinal(number)).toThrow(RangeError);
  });
});
