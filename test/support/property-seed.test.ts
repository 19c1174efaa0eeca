import { expect, it } from 'vitest';
import { propertySeed } from './property-seed.js';

it('the seed of all properties is a number of 32 bits, or others are tried each time', () => {
  expect([propertySeed(''), propertySeed('0'), propertySeed('-2147483648')]).toEqual([null, 0, -2147483648]);
  for (const wrong of ['x', '1.5', '1e3', ' 1', '2147483648'])
    expect(() => propertySeed(wrong)).toThrow(`FC_SEED must be a whole number of 32 bits, not "${wrong}".`);
});
