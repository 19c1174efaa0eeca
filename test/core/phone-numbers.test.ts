import { describe, expect, it } from 'vitest';
import { hasPhoneNumber, replacePhoneNumbers } from '../../src/core/phone-numbers.js';

describe('phone numbers in a text', () => {
  it('are found with a plus, and without one from ten digits on', () => {
    for (const text of ['+2901234', 'at +44 20 7946 0123', '512 555 0142', '(512)555-0142', '%2B15125550142'])
      expect(hasPhoneNumber(text)).toBe(true);
    for (const text of ['555 0142', '2026-11-30T05:00:00-06:00', '$1250', 'CA00005125550142aa', ''])
      expect(hasPhoneNumber(text)).toBe(false);
  });

  it('are replaced one by one, and it is told whether each has a plus', () => {
    const told = replacePhoneNumbers('+15125550142 or 512 555 0142', (written, hasPlus) =>
      hasPlus ? `<${written}>` : `[${written}]`,
    );
    expect(told).toBe('+<15125550142> or [512 555 0142]');
  });
});
